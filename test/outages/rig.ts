import { readFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../../cli/until.ts';
import { type Stack, startServices } from '../../cli/story/stack.ts';
import { supportStory } from '../../cli/story/support-story.ts';
import { type Parts, startParts } from '../../infra/parts/parts.ts';
import type { Bus, Incoming } from '../../platform/kafka/bus.ts';
import type { ReadTopic } from '../../schemas/topics.ts';

export const SERVICES = ['ingress', 'mirror', 'judge', 'analyzer', 'controller'] as const;
export type ServiceName = (typeof SERVICES)[number];
export const PARTS = ['kafka', 'registry', 'redis'] as const;
export const WINDOW_MS = 1_000;

export const story = supportStory({ seed: 7, swap: false, latencyScale: 0.2 });

const home = path.resolve(import.meta.dirname, '../../.coalmine');

/** Parts of its own whose addresses are known and where nothing listens yet. */
export const absentParts = async (): Promise<Parts> => {
  const parts = await startParts({ home, ports: 'free', onProgress: () => {}, env: {} });
  await Promise.all(PARTS.map((part) => parts.kill(part, 'SIGKILL')));
  return parts;
};

/** The five services and the support agents, as `npm start` runs them; `said` gets the supervisor's lines. */
export const startRig = (parts: Parts, said: string[]): Promise<Stack> =>
  startServices(parts, {
    ingressPort: 0,
    controllerPort: 0,
    upstreams: story.upstreams,
    // However late it comes to an answer after an outage, it is to score it: the promises are of every one.
    judgeEnv: (urls) => ({
      ...story.judgeEnv(urls),
      JUDGE_MAX_LAG_MS: String(Number.MAX_SAFE_INTEGER),
      JUDGE_MAX_WAITING: '1000000',
    }),
    windowMs: WINDOW_MS,
    onProgress: (line) => said.push(line),
  });

export type LogLine = { level: string | number; msg: string };

/** What a service has logged so far. */
export const logOf = (stack: Stack, name: string): LogLine[] =>
  readFileSync(path.join(stack.logFolder, `${name}.log`), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);

/** The process that a service is at the moment. */
export const pidOf = (stack: Stack, name: string): number =>
  Number(readFileSync(path.join(stack.logFolder, `${name}.pid`), 'utf8').split('-')[0]);

/** Kills a service behind its supervisor's back; resolves when another process answers in its place. */
export const killAndRevive = async (stack: Stack, name: ServiceName): Promise<void> => {
  const pid = pidOf(stack, name);
  process.kill(pid, 'SIGKILL');
  await until(
    `${name} to be started again`,
    async () => (pidOf(stack, name) !== pid && (await probe(stack, name, '/livez')).status === 200) || undefined,
    15_000,
  );
};

export const probe = async (
  stack: Stack,
  name: ServiceName,
  at: '/livez' | '/readyz' | '/metrics',
): Promise<{ status: number; text: string }> => {
  const response = await fetch(`http://127.0.0.1:${stack.healthPorts.get(name)}${at}`);
  return { status: response.status, text: await response.text() };
};

/** The sum of a metric over its labels. */
export const metricOrRubric = async (stack: Stack, name: ServiceName, metric: string): Promise<number> =>
  (await probe(stack, name, '/metrics')).text
    .split('\n')
    .filter((line) => line.startsWith(`${metric} `) || line.startsWith(`${metric}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);

export const untilReady = (stack: Stack, names: readonly ServiceName[], timeoutMs: number): Promise<true> =>
  until(
    `${names.join(', ')} to be ready`,
    async () =>
      (await Promise.all(names.map((n) => probe(stack, n, '/readyz')))).every((r) => r.status === 200) || undefined,
    timeoutMs,
  );

/** Every record of a topic that can be read, by partition. */
export const readAll = async <T>(bus: Bus, topic: ReadTopic<T>): Promise<Incoming<T>[][]> =>
  Promise.all(
    Array.from({ length: await bus.partitionCount(topic) }, async (_, partition) => {
      const log: Incoming<T>[] = [];
      await bus.readToEnd(topic, partition, 0, (record) => log.push(record));
      return log;
    }),
  );
