import { type ChildProcess, fork, type ForkOptions } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ControllerClient, createControllerClient } from '../cli/controller/client.ts';
import { type Stack, startStack } from '../cli/story/stack.ts';
import { LOCAL_JUDGE } from '../cli/story/support-story.ts';
import { tallyTopics } from '../cli/story/tally.ts';
import { until } from '../cli/until.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { createLagReader, messagesBehind } from '../platform/kafka/lag.ts';
import { createLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { rssMbOf } from './front-door/machine.ts';
import { CALLED, PAUSED, startCallers, TALKED, type Told } from './soak/callers.ts';
import { agentDocument, CHANGED, shadowDocument, startDocuments } from './soak/documents.ts';
import { type Flatness, flatnessOf, type Sample, TOLERANCE_MB_PER_MINUTE, warmUpSeconds } from './soak/flatness.ts';
import { differences } from './soak/seen.ts';
import { readTopics } from './soak/topics.ts';

/**
 * Whether everything stands up to abuse: Kafka, schema registry, Redis and the five services, and for some minutes all that
 * soak/load.harness.ts has against the front door, documents that are applied again and again, hostile ones among them, and beside
 * them clients that behave: they call, say what they think of it, and talk over WebSocket.
 *
 *   npm run bench -- soak [--minutes 10] [--seed N] [--json]
 *
 * Every ten seconds it prints the resident memory of each service. The last line on stdout is {"minutes","seed","rss":{service:
 * {"firstMb","lastMb","peakMb","mbPerMinute","atLeastMbPerMinute","isFlat"}},"counts":{…},"faults"}. Exit code 1: a service ended or
 * grew, an honest client was let down, a hostile one got what it must not, or the topics hold something else than clients had.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
/** Shorter runs have not even one warm minute. */
if (!(minutes >= 2)) throw new Error('--minutes must be 2 or more: the first is for warming up');

const SERVICES = ['ingress', 'mirror', 'judge', 'analyzer', 'controller'] as const;
const CALLERS = 6;
const SLOW_READERS = 1_000;
const BURST_S = 20;
const PRINTED_EVERY_S = 10;
const READY_MS = 90_000;
const SETTLE_MS = 180_000;
const MAX_PRINTED = 20;
const MAX_LINE = 300;
const POLICY = `apiVersion: coalmine/v1
kind: IngressPolicy
metadata: { name: soak }
spec:
  access: { anonymous: { roles: [subjects] } }
  limits: { maxBodyBytes: 100000 }
  defaults:
    capture: { mode: full }
    upstream: { connectTimeout: 30s } # on two cores the versions wait for their turn, too
`;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

type Urls = { upstream: string; pausing: string; sockets: string };
type Load = { abuses: number; socketAbuses: number; faults: string[] };
const nextMessage = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('the load ended by itself')));
  });
const CHILD: ForkOptions = { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] };
const stopped = (child: ChildProcess): Promise<unknown> => {
  child.send({ stop: true });
  return nextMessage(child);
};

/** The one place where this bench finds the controller, and says who it is. */
const controllerOf = ({ controllerUrl, adminKey }: Stack): ControllerClient =>
  createControllerClient(controllerUrl, adminKey.text);

const startAll = async (folder: string): Promise<Stack> => {
  const policy = path.join(folder, 'policy.yaml');
  writeFileSync(policy, POLICY);
  process.env['INGRESS_POLICY'] = policy;
  // On loopback alone it answers only those who call it by a name of loopback, which is not what is tried here.
  process.env['INGRESS_HOST'] = '0.0.0.0';
  return startStack({
    ...LOCAL_JUDGE,
    home: '.coalmine',
    ports: 'free',
    env: {},
    ingressPort: 0,
    controllerPort: 0,
    keepIn: null,
    fresh: true,
    windowMs: 1_000,
    onProgress: say,
  });
};

const applyAgents = async (controller: ControllerClient, ingressUrl: string, urls: Urls): Promise<void> => {
  const agents = { support: `${urls.upstream}/v1`, [PAUSED]: urls.pausing, sockets: urls.sockets };
  const honest = { [CALLED]: `${urls.upstream}/v1`, [TALKED]: urls.sockets };
  for (const [name, upstream] of Object.entries({ ...agents, ...honest })) {
    const body = agentDocument(name, upstream, ['v1', 'v2']);
    await until('the controller to take an agent', () => controller.applyDocuments({ body }), READY_MS);
  }
  await controller.applyDocuments({ body: shadowDocument(CALLED) });
  const names = [...Object.keys(agents), ...Object.keys(honest)];
  const areKnown = async (): Promise<true | undefined> => {
    const { data } = (await (await fetch(`${ingressUrl}/v1/models`)).json()) as { data: { id: string }[] };
    return names.every((name) => data.some(({ id }) => id === name)) || undefined;
  };
  await until('the ingress to know every agent', areKnown, READY_MS);
};

/** The process that a service is at the moment. */
const pidOf = ({ logFolder }: Stack, service: string): number =>
  Number(readFileSync(path.join(logFolder, `${service}.pid`), 'utf8').split('-')[0]);

type Memory = { samples: ReadonlyMap<string, readonly Sample[]>; ended: string[] };

/** Resident memory of each service, each second; a service that became another process has ended. */
const watch = async (stack: Stack, burst: () => void): Promise<Memory> => {
  const samples = new Map(SERVICES.map((service) => [service as string, [] as Sample[]]));
  const pids = new Map(SERVICES.map((service) => [service, pidOf(stack, service)]));
  const ended: string[] = [];
  for (let second = 1; second <= minutes * 60; second += 1) {
    await sleep(1_000);
    if (second === BURST_S) burst();
    for (const service of SERVICES) {
      const pid = pidOf(stack, service);
      if (pid !== pids.get(service)) ended.push(`${service} ended in second ${second} and was started again`);
      pids.set(service, pid);
      samples.get(service)!.push({ second, mb: rssMbOf([pid]) ?? Number.NaN });
    }
    if (second % PRINTED_EVERY_S !== 0) continue;
    say(`${second} s: ${[...samples].map(([name, of]) => `${name} ${Math.round(of.at(-1)!.mb)} MB`).join(', ')}`);
  }
  return { samples, ended };
};

const backlogOf = async (stack: Stack): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${stack.healthPorts.get('ingress')}/metrics`)).text();
  return Number(/^coalmine_ingress_publisher_journal_backlog_bytes\S* (\S+)$/m.exec(text)?.[1] ?? Number.NaN);
};

/** Once all that was answered is in its topic, and all that is there was read. */
const compareWithTopics = async (stack: Stack, told: Told, decisions: readonly number[]): Promise<string[]> => {
  const brokers = stack.parts.env.KAFKA_BROKERS.split(',');
  const registryUrl = stack.parts.env.SCHEMA_REGISTRY_URL;
  const log = createLog('soak', 'error');
  const bus = await createKafkaBus({ brokers, registryUrl, clientId: 'soak', log, metrics: createMetrics('soak') });
  const lag = createLagReader({ brokers, log });
  const isSettled = async (): Promise<true | undefined> => {
    if ((await backlogOf(stack)) !== 0) return undefined;
    if ((await lag.read()).some((group) => messagesBehind(group) > 0)) return undefined;
    return (await tallyTopics(bus)).isClosed || undefined;
  };
  const faults: string[] = [];
  await until('all that was answered to be published, judged and counted', isSettled, SETTLE_MS).catch((error: Error) =>
    faults.push(error.message),
  );
  const { found, records } = await readTopics(bus, { called: CALLED, talked: TALKED, changed: CHANGED });
  say(`in the topics: ${JSON.stringify(records)}`);
  await lag.close();
  await bus.close(3_000);
  return [...faults, ...differences({ ...told, decisions }, found)];
};

const rounded = (flatness: Flatness): Flatness =>
  Object.fromEntries(
    Object.entries(flatness).map(([name, value]) => [
      name,
      typeof value === 'number' ? Math.round(value * 10) / 10 : value,
    ]),
  ) as Flatness;

const growthOf = ({ samples }: Memory): { rss: Record<string, Flatness>; faults: string[] } => {
  const warmUpS = warmUpSeconds(minutes);
  const rss = Object.fromEntries([...samples].map(([name, of]) => [name, rounded(flatnessOf(of, warmUpS))]));
  const faults = Object.entries(rss)
    .filter(([, { isFlat }]) => isFlat === false)
    .map(([name, { mbPerMinute, atLeastMbPerMinute }]) => {
      const sure = `surely by ${atLeastMbPerMinute}, where ${TOLERANCE_MB_PER_MINUTE} are tolerated`;
      return `${name} grows by ${mbPerMinute} MB a minute, ${sure}`;
    });
  return { rss, faults };
};

/** What the run came to, for people and for programs. */
const report = (rss: Record<string, Flatness>, counts: Record<string, number>, faults: readonly string[]): boolean => {
  for (const line of faults.slice(0, MAX_PRINTED)) say(line.slice(0, MAX_LINE));
  if (faults.length > MAX_PRINTED) say(`… and ${faults.length - MAX_PRINTED} more`);
  if (!values.json) {
    console.table(rss);
    console.table(counts);
  }
  console.log(JSON.stringify({ minutes, seed, rss, counts, faults: faults.length }));
  return faults.length === 0;
};

/** Everything at once, for as long as it is to take. */
const play = async (stack: Stack, urls: Urls, versions: ChildProcess, abusers: ChildProcess): Promise<boolean> => {
  const controller = controllerOf(stack);
  await applyAgents(controller, stack.ingressUrl, urls);
  say(`soak: seed ${seed}, ${minutes} minutes, logs in ${stack.logFolder}`);
  const port = Number(new URL(stack.ingressUrl).port);
  abusers.send({ port, seed });
  const callers = startCallers(port, CALLERS);
  const documents = startDocuments(controller, `${urls.upstream}/v1`);
  const memory = await watch(stack, () => void abusers.send({ burst: SLOW_READERS }));
  const [told, applied] = await Promise.all([callers.stop(), documents.stop()]);
  const load = (await stopped(abusers)) as Load;
  const { smuggled } = (await stopped(versions)) as { smuggled: string[] };
  const { rss, faults } = growthOf(memory);
  const differing = await compareWithTopics(stack, told, applied.decisions);
  const counts = {
    abuses: load.abuses,
    socketAbuses: load.socketAbuses,
    slowReaders: SLOW_READERS,
    exchanges: told.exchanges.length,
    pausedStreams: told.paused,
    turns: told.turns,
    feedback: told.feedback.length,
    forgedFeedback: told.forged,
    documents: applied.applied,
    hostileDocuments: applied.refused,
    decisions: new Set(applied.decisions).size,
  };
  const letDown = [...load.faults, ...smuggled, ...told.failures, ...applied.failures];
  return report(rss, counts, [...memory.ended, ...faults, ...differing, ...letDown]);
};

const soak = async (folder: string): Promise<boolean> => {
  const versions = fork(path.join(import.meta.dirname, 'soak/versions.harness.ts'), CHILD);
  const urls = (await nextMessage(versions)) as Urls;
  const abusers = fork(path.join(import.meta.dirname, 'soak/load.harness.ts'), CHILD);
  await nextMessage(abusers);
  const stack = await startAll(folder);
  try {
    return await play(stack, urls, versions, abusers);
  } finally {
    await stack.stop();
  }
};

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const folder = mkdtempSync(path.join(tmpdir(), 'coalmine-soak-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.exitCode = (await soak(folder)) ? 0 : 1;
