import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createControllerClient } from '../cli/controller/client.ts';
import type { Stack } from '../cli/story/stack.ts';
import { until } from '../cli/until.ts';
import { questionOf } from '../examples/helpdesk/questions.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { readTopicsAccess } from '../platform/process/parts-access.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import type { Bus } from '../platform/kafka/bus.ts';
import type { Decision } from '../schemas/decision.ts';
import type { Shadow } from '../schemas/exchange.ts';
import { DECISIONS, SHADOWS } from '../schemas/topics.ts';
import { callEach, helpdesk, helpdeskUrl, postJson, startWholeStack, untilServed } from './whole-stack.ts';

const root = path.resolve(import.meta.dirname, '..');
const START_TIMEOUT_MS = 120_000;
const ROLLOUT_TIMEOUT_MS = 90_000;
const PER_SECOND = 60;
const ENDINGS: ReadonlySet<string> = new Set(['promoted', 'rolled_back', 'inconclusive']);
const example = (name: string): string => readFileSync(path.join(root, 'examples/helpdesk', name), 'utf8');

let stack: Stack;
let bus: Bus;
/** Ends the traffic. */
const leaving = new AbortController();
const failures = new Map<string, number>();

const ask = async (number: number): Promise<void> => {
  const { user, question } = questionOf(number);
  const headers = { 'x-coalmine-subject': user, cookie: `session=${user}` };
  const response = await postJson(`${stack.ingressUrl}/agents/helpdesk/answer`, { question }, { headers });
  const text = await response.text();
  if (!response.ok || !text.startsWith('{"reply":"')) failures.set(text, (failures.get(text) ?? 0) + 1);
};

const agentDocument = (): string => {
  const at = (name: string): string => helpdeskUrl(stack, name);
  const given = example('agent.yaml')
    .replace('http://127.0.0.1:9011', at('v1'))
    .replace('http://127.0.0.1:9012', at('v2'));
  return given.replace('  http:', `    - { label: v3, upstream: '${at('v3')}', code: curt, prompt: curt }\n  http:`);
};
/** As it is in the example, but for its pace. */
const rolloutDocument = (candidate: string): string =>
  example('rollout.yaml')
    .replaceAll('10s', '3s')
    .replace('candidate: v2', `candidate: ${candidate}`)
    .replace('helpdesk-v2', `helpdesk-${candidate}`);

const decisionsOf = async (rollout: string): Promise<Decision[]> => {
  const found: Decision[] = [];
  for (let p = 0; p < DECISIONS.partitions; p++) await bus.readToEnd(DECISIONS, p, 0, ({ value }) => found.push(value));
  return found.filter((decision) => decision.rollout.startsWith(`${rollout}#`));
};
const shadowsOf = async (version: string): Promise<Shadow[]> => {
  const found: Shadow[] = [];
  for (let p = 0; p < SHADOWS.partitions; p++)
    await bus.readToEnd(SHADOWS, p, 0, ({ value: { event } }) => event?.version === version && found.push(event));
  return found;
};

const playRollout = async (candidate: string): Promise<Decision[]> => {
  const controller = createControllerClient(stack.controllerUrl, stack.adminKey.text);
  await controller.applyDocuments({ body: rolloutDocument(candidate) });
  const ended = async (): Promise<true | undefined> =>
    (await decisionsOf(`helpdesk-${candidate}`)).some(({ state }) => ENDINGS.has(state ?? '')) || undefined;
  await until(`the end of the rollout of ${candidate}`, ended, ROLLOUT_TIMEOUT_MS);
  return decisionsOf(`helpdesk-${candidate}`);
};
beforeAll(async () => {
  stack = await startWholeStack([helpdesk('v1'), helpdesk('v2', 'brief'), helpdesk('v3', 'curt')]);
  bus = await createKafkaBus({
    ...readTopicsAccess(stack.parts.env),
    clientId: 'helpdesk-test',
    log: silentLog,
    metrics: createMetrics('helpdesk_test'),
  });
  await untilServed(stack, 'helpdesk', agentDocument());
  const unanswered = (): void => void failures.set('no answer', 1);
  callEach(1_000 / PER_SECOND, (number) => void ask(number).catch(unanswered), leaving.signal);
}, START_TIMEOUT_MS);
afterAll(async () => {
  leaving.abort();
  await bus?.close(2_000);
  await stack?.stop();
}, START_TIMEOUT_MS);

it(
  'a helpdesk in a protocol of its own is released by shadow and canary, with the built-in metrics and without a hold',
  { timeout: ROLLOUT_TIMEOUT_MS },
  async () => {
    const decisions = await playRollout('v2');
    expect(decisions.map(({ type, stage }) => `${type} ${stage}`)).toEqual([
      'start -1',
      'advance 0',
      'advance 1',
      'promote 1',
    ]);
    const shadows = await shadowsOf('v2');
    expect(shadows.length).toBeGreaterThan(50);
    expect(shadows[0]).toMatchObject({ outcome: 'ok', differences: ['content'] });
    expect(shadows[0]?.similarity).toBeGreaterThan(0);
    expect([...failures]).toEqual([]);
  },
);

it(
  'one that is curt is found by what it says, in the shadow, and its worst answer is shown',
  { timeout: ROLLOUT_TIMEOUT_MS },
  async () => {
    const decisions = await playRollout('v3');
    expect(decisions.at(-1)).toMatchObject({ type: 'rollback', stage: -1, metric: 'empathy', bounded: true });
    expect([...failures]).toEqual([]);

    const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL } = stack.parts.env;
    const child = spawn(process.execPath, ['cli/coalmine.ts', 'explain', 'helpdesk-v3', '--url', stack.controllerUrl], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, KAFKA_BROKERS, SCHEMA_REGISTRY_URL, CONTROLLER_KEY_FILE: stack.adminKey.file },
    });
    const told = await readText(child.stdout);
    expect(told).toMatch(/^v3 is less empathetic: in shadow, of \d+ pairs .* No user ever saw it\.\n/);
    expect(told).toMatch(/^the worst pair \(exchange .+\)\n {2}v2 {2}\S.+\n {2}v3 {2}\S.+$/m);
  },
);
