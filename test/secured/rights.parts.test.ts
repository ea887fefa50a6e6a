import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Stack } from '../../cli/story/stack.ts';
import { supportStory } from '../../cli/story/support-story.ts';
import { until } from '../../cli/until.ts';
import { entriesOf } from '../../infra/apply-acls.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createKafka } from '../../platform/kafka/kafka-client.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { readTopicsAccess } from '../../platform/process/parts-access.ts';
import type { Grant, Principal } from '../../schemas/topic-access.ts';
import { SCORES, WINDOWS } from '../../schemas/topics.ts';
import { postJson, startWholeStack, untilServed } from '../whole-stack.ts';

/** Of three parts, five services and four upstreams that all start on one machine. */
const START_TIMEOUT_MS = 240_000;
const TIMEOUT_MS = 150_000;
const PATIENCE_MS = 60_000;

const story = supportStory({ seed: 1, swap: false });
const scored = new Set<string>();
let counted = 0;
let stack: Stack;
let bus: Bus;
let admin: ReturnType<ReturnType<typeof createKafka>['admin']>;

const ready = async (name: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(`http://127.0.0.1:${stack.healthPorts.get(name)}/readyz`);
  return { status: response.status, text: (await response.text()).trim() };
};
const isReady = (name: string) => async (): Promise<true | undefined> =>
  (await ready(name)).status === 200 || undefined;
const linesOf = (name: string): string[] =>
  readFileSync(path.join(stack.parts.runFolder, `${name}.log`), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

/** One answer of the agent; resolves with its exchange's id. */
const ask = async (): Promise<string> => {
  const response = await postJson(`${stack.ingressUrl}/v1/chat/completions`, {
    model: story.agent,
    user: 'ann',
    messages: [{ role: 'user', content: 'Where is my order?' }],
  });
  expect([response.status, (await response.text()).length > 0]).toEqual([200, true]);
  return response.headers.get('x-coalmine-exchange-id') ?? '';
};
const isScored = (id: string): Promise<true> =>
  until('the answer to be scored', () => scored.has(id) || undefined, PATIENCE_MS);

/** Takes a right away, waits for the sentence in the log and at /readyz, gives it back, and waits for the service. */
const withoutRight = async (
  principal: Principal,
  grant: Grant,
  sentence: string,
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> => {
  const entries = entriesOf(`User:${principal}`, grant);
  await admin.deleteAcls({ filters: entries });
  const said = async (): Promise<true | undefined> => (await ready(principal)).text.startsWith(sentence) || undefined;
  try {
    await until(`${principal} to say: ${sentence}`, said, PATIENCE_MS);
    expect(await ready(principal)).toMatchObject({ status: 503 });
    expect(linesOf(principal).filter((line) => line.startsWith(sentence)).length).toBeLessThanOrEqual(3);
    await meanwhile();
  } finally {
    await admin.createAcls({ acl: entries });
  }
  await until(`${principal} to be ready again`, isReady(principal), PATIENCE_MS);
};

beforeAll(async () => {
  const env = { ...process.env, COALMINE_SECURE: '1', KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', REDIS_URL: '' };
  stack = await startWholeStack(story.upstreams, { judgeEnv: story.judgeEnv, env });
  const { parts } = stack;
  const adminAccess = { brokers: [parts.secured!.adminBroker], clientId: 'rights-test', log: silentLog };
  admin = createKafka(adminAccess).admin();
  await admin.connect();
  const metrics = createMetrics('rights_test');
  const access = readTopicsAccess(parts.envOf('cli'));
  bus = await createKafkaBus({ ...access, clientId: 'rights-test', log: silentLog, metrics });
  await bus.tail(SCORES, async (_partition, records) => {
    for (const { value } of records) if (value.event) scored.add(value.event.exchangeId);
  });
  await bus.tail(WINDOWS, async (_partition, records) => {
    counted += records.filter(({ value }) => value.event !== null).length;
  });
  await untilServed(stack, story.agent, JSON.stringify(story.agentDocument(stack.upstreamUrls)));
}, START_TIMEOUT_MS);
afterAll(async () => {
  await bus?.close(2_000);
  await admin?.disconnect();
  await stack?.stop();
}, TIMEOUT_MS);

it(
  'an answer goes through every service with the rights that acls prints, and nobody misses one',
  async () => {
    await isScored(await ask());
    await until('the answer to be counted', () => counted > 0 || undefined, PATIENCE_MS);
    for (const name of ['ingress', 'mirror', 'judge', 'analyzer', 'controller']) {
      await until(`${name} to be ready`, isReady(name), PATIENCE_MS);
      expect(linesOf(name).filter((line) => line.includes(' may not '))).toEqual([]);
    }
  },
  TIMEOUT_MS,
);

it('the controller keeps sessions of pages in Redis', async () => {
  const ask = async (method: string, headers: Record<string, string>): Promise<Response> =>
    fetch(`${stack.controllerUrl}/v1/session`, { method, headers });
  const opened = await ask('POST', { authorization: `Bearer ${stack.adminKey.text}` });
  const cookie = String(opened.headers.get('set-cookie')).split(';')[0]!;
  const own = { cookie, 'x-coalmine-csrf': '1', origin: stack.controllerUrl };
  expect((await ask('GET', { cookie })).status).toBe(200);
  expect(await (await ask('DELETE', own)).json()).toEqual({ closed: true });
  // 503 would say that Redis may not be asked.
  expect((await ask('GET', { cookie })).status).toBe(401);
});

it(
  'a service without the right to a topic says which, and scores what came meanwhile once it has it again',
  async () => {
    let id = '';
    await withoutRight(
      'judge',
      { resource: 'topic', name: 'coalmine.scores', operations: ['WRITE'] },
      'judge may not write coalmine.scores: grant WRITE on the topic',
      async () => void (id = await ask()),
    );
    await isScored(id);
  },
  TIMEOUT_MS,
);

it.each([
  [
    'analyzer',
    { resource: 'topic', name: 'coalmine.exchanges', operations: ['READ'] },
    'analyzer may not read coalmine.exchanges: grant READ on the topic',
  ],
  [
    'mirror',
    { resource: 'group', name: 'coalmine-mirror', operations: ['READ'] },
    'mirror may not join the consumer group coalmine-mirror: grant READ on the group',
  ],
  [
    'controller',
    { resource: 'topic', name: 'coalmine.decisions', operations: ['READ', 'WRITE'] },
    'controller may not read coalmine.decisions: grant READ on the topic',
  ],
] as const)(
  '%s waits for what it may not do, and goes on by itself',
  (principal, grant, sentence) => withoutRight(principal, grant, sentence),
  TIMEOUT_MS,
);
