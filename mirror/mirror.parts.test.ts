import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTopics } from '../infra/create-topics.ts';
import type { Bus } from '../platform/kafka/bus.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { createKafka } from '../platform/kafka/kafka-client.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { connectRedis } from '../platform/redis/redis.ts';
import { forceView } from '../platform/redis/force-view.fixture.ts';
import type { Shadow } from '../schemas/exchange.ts';
import { deadLetterTopic, EXCHANGES, GROUPS, SHADOWS } from '../schemas/topics.ts';
import { parts } from '../test/parts.ts';
import { body, exchangeOf } from '../schemas/exchange.fixture.ts';
import { viewOf } from './view.fixture.ts';

/** A killed member leaves its group when its session ends, after 10 s. */
const PROGRESS_WITHIN_MS = 100_000;
const env = parts();
const brokers = env.KAFKA_BROKERS.split(',');
const root = path.resolve(import.meta.dirname, '..');
const run = `mirror-${Date.now()}-`;
const agent = `agent-${Date.now()}`;
const kafka = createKafka({ brokers, clientId: 'mirror-test-raw', log: silentLog });
const producer = kafka.producer({
  createPartitioner:
    () =>
    ({ message }) =>
      message.partition ?? 0,
});
const redis = connectRedis({ redisUrl: env.REDIS_URL }, silentLog);
let bus: Bus;
let upstream: Server;
let mirror: ChildProcess | undefined;
let folder: string;

/** What both versions say. */
const ANSWER = '{"choices":[{"message":{"role":"assistant","content":"ok"}}]}';
/** The upstream answers nobody without the mirror's own key. */
const SECRET = `secret-${Date.now()}`;
const writeCredentials = (origin: string): Promise<void> =>
  writeFile(
    path.join(folder, 'credentials.yaml'),
    `apiVersion: coalmine/v1
kind: MirrorCredentials
metadata: { name: test }
spec:
  credentials:
    - { origin: '${origin}', header: authorization, prefix: 'Bearer ', env: MIRROR_TEST_KEY }
`,
  );

beforeAll(async () => {
  await createTopics({ brokers, registryUrl: env.SCHEMA_REGISTRY_URL, replication: 1 });
  await producer.connect();
  const metrics = createMetrics('mirror_test');
  bus = await createKafkaBus({
    brokers,
    registryUrl: env.SCHEMA_REGISTRY_URL,
    clientId: 'mirror-test',
    log: silentLog,
    metrics,
  });
  upstream = createServer(({ headers }, res) => {
    const isKnown = headers.authorization === `Bearer ${SECRET}` && headers['x-coalmine-shadow'] === '1';
    res.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' }).end(ANSWER);
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(path.join(tmpdir(), 'mirror-'));
  await writeCredentials(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
});
afterAll(async () => {
  await end('SIGKILL');
  redis.disconnect();
  await producer.disconnect();
  await bus?.close(2_000);
  upstream.closeAllConnections();
  upstream.close();
  await rm(folder, { recursive: true, force: true });
});

const start = (): void => {
  mirror = spawn(process.execPath, ['mirror/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...env,
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'fatal',
      MIRROR_HEALTH_PORT: '0',
      MIRROR_CONCURRENCY: '2',
      MIRROR_CREDENTIALS: path.join(folder, 'credentials.yaml'),
      MIRROR_TEST_KEY: SECRET,
    },
  });
};

/** Gives the exit code, null if the signal ended it. */
const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
  if (!mirror || mirror.exitCode !== null || mirror.signalCode !== null) return null;
  const ended = mirror;
  const code = new Promise<number | null>((resolve) => ended.once('exit', resolve));
  ended.kill(signal);
  return code;
};

/** Puts the agent into shadow, as the controller does. */
const applyRouting = async (): Promise<void> => {
  const view = viewOf({ noiseSharePct: 100, maxPerSecond: 100_000 });
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  const versions = view.versions.map((version) => ({ ...version, upstream: url }));
  const json = JSON.stringify({ ...view, agent, versions });
  await forceView(redis, agent, json);
};

const shadowsOfRun = async (): Promise<Shadow[]> => {
  const shadows: Shadow[] = [];
  for (let p = 0; p < SHADOWS.partitions; p++)
    await bus.readToEnd(SHADOWS, p, 0, ({ value: { event } }) => {
      if (event?.exchange.exchangeId.startsWith(run)) shadows.push(event);
    });
  return shadows;
};
const waitFor = (distinct: number): Promise<Shadow[]> =>
  vi.waitFor(
    async () => {
      const shadows = await shadowsOfRun();
      expect(new Set(shadows.map((s) => s.shadowId)).size).toBeGreaterThanOrEqual(distinct);
      return shadows;
    },
    { timeout: PROGRESS_WITHIN_MS, interval: 50 },
  );

/** Where they came from. What was parked but not committed when the mirror was killed is parked again. */
const deadLettersOfRun = async (): Promise<string[]> => {
  const origins = new Set<string>();
  const consumer = kafka.consumer({ groupId: `mirror-test-${Date.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [deadLetterTopic(GROUPS.mirror)], fromBeginning: true });
  const text = (bytes: unknown): string => (bytes instanceof Buffer ? bytes.toString() : '');
  await consumer.run({
    eachMessage: async ({ message: { value, headers } }) => {
      if (!text(value).includes(run)) return;
      expect(text(headers?.['coalmine-reason'])).not.toBe('');
      origins.add(['topic', 'partition', 'offset'].map((part) => text(headers?.[`coalmine-origin-${part}`])).join('/'));
    },
  });
  await vi.waitFor(() => expect(origins.size).toBeGreaterThanOrEqual(2), { timeout: 60_000 });
  await consumer.disconnect();
  return [...origins].sort();
};

it(
  'garbage goes to the dead-letter topic, kill -9 within a batch loses no shadow, each has one id, and none holds the mirror’s key',
  { timeout: 300_000 },
  async () => {
    const count = 1_000;
    const exchanges = Array.from({ length: count }, (_, i) =>
      exchangeOf({ exchangeId: `${run}${i}`, agent, responseBody: body(ANSWER) }),
    );
    const garbage = [
      Buffer.from(`not Avro ${run}`),
      Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0x02]), Buffer.from(run)]),
    ];
    const [sent] = await producer.send({
      topic: EXCHANGES.name,
      messages: garbage.map((value) => ({ partition: 0, value })),
    });
    await applyRouting();
    start();
    for (let partition = 0; partition < EXCHANGES.partitions; partition++) {
      const mine = exchanges.filter((event) => bus.partitionFor(event.exchangeId, EXCHANGES.partitions) === partition);
      const stamp = { source: 'mirror-test', timeMs: Date.now(), tick: null };
      await bus.append(
        EXCHANGES,
        partition,
        mine.map((event, i) => ({ ...stamp, sequence: i + 1, event })),
      );
    }

    await waitFor(50);
    await end('SIGKILL');
    expect((await shadowsOfRun()).length).toBeLessThan(2 * count);
    start();
    const shadows = await waitFor(2 * count);
    const subjects = new Set(shadows.map((s) => `${s.exchange.exchangeId} ${s.kind}`));
    expect(subjects.size).toBe(2 * count);
    expect(new Set(shadows.map((s) => s.shadowId)).size).toBe(2 * count);
    expect(new Set(shadows.map((s) => `${s.outcome}, ${s.rounds} round, ${s.differences.length} differences`))).toEqual(
      new Set(['ok, 1 round, 0 differences']),
    );
    expect(JSON.stringify(shadows)).not.toContain(SECRET);

    const first = Number(sent?.baseOffset);
    expect(await deadLettersOfRun()).toEqual([0, 1].map((i) => `${EXCHANGES.name}/0/${first + i}`));
    expect(await end('SIGTERM')).toBe(0);
  },
);
