import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createTopics } from '../infra/create-topics.ts';
import type { Bus } from '../platform/kafka/bus.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { createKafka } from '../platform/kafka/kafka-client.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { connectRedis, redisReady } from '../platform/redis/redis.ts';
import { routingKey } from '../platform/redis/routing-table.ts';
import type { Stamped, Tick } from '../schemas/envelope.ts';
import { NO_RULES, type RoutingView } from '../schemas/routing-view.ts';
import { readAnnouncement, type RegistryEntry } from '../schemas/registry-entry.ts';
import { type FlatScore, flatScores } from '../schemas/score.ts';
import { deadLetterTopic, EXCHANGES, GROUPS, REGISTRY, SCORES, SHADOWS, type Topic } from '../schemas/topics.ts';
import { parts } from '../test/parts.ts';
import { completionOf, exchangeOf, shadowOf } from './answers/exchange.fixture.ts';
import { isSampled } from './models/sampling.ts';
import { SCORERS } from './scorers/registry.ts';

/** Of an exchange, by rules. */
const METRICS = SCORERS.filter(({ by }) => by === 'rules').length;
/** A killed member leaves its group when its session ends, after 10 s. */
const PROGRESS_WITHIN_MS = 100_000;
const env = parts();
const brokers = env.KAFKA_BROKERS.split(',');
const root = path.resolve(import.meta.dirname, '..');
const kafka = createKafka({ brokers, clientId: 'judge-test-raw', log: silentLog });
const producer = kafka.producer({
  createPartitioner:
    () =>
    ({ message }) =>
      message.partition ?? 0,
});
let bus: Bus;
let judge: ChildProcess | undefined;

beforeAll(async () => {
  await createTopics({ brokers, registryUrl: env.SCHEMA_REGISTRY_URL, replication: 1 });
  await producer.connect();
  const metrics = createMetrics('judge_test');
  bus = await createKafkaBus({
    brokers,
    registryUrl: env.SCHEMA_REGISTRY_URL,
    clientId: 'judge-test',
    log: silentLog,
    metrics,
  });
});
afterEach(async () => void (await end('SIGTERM')));
afterAll(async () => {
  await end('SIGKILL');
  await producer.disconnect();
  await bus?.close(2_000);
});

const start = (more: NodeJS.ProcessEnv = {}): void => {
  judge = spawn(process.execPath, ['judge/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...env,
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'fatal',
      JUDGE_HEALTH_PORT: '0',
      JUDGE_CONCURRENCY: '8',
      // Their exchanges are of long ago, and all are put before the model at once: none is to be left out for that.
      JUDGE_MAX_LAG_MS: String(Number.MAX_SAFE_INTEGER),
      JUDGE_MAX_WAITING: '1000000',
      ...more,
    },
  });
};

/** Gives the exit code, null if the signal ended it. */
const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
  if (!judge || judge.exitCode !== null || judge.signalCode !== null) return null;
  const ended = judge;
  const code = new Promise<number | null>((resolve) => ended.once('exit', resolve));
  ended.kill(signal);
  return code;
};

const appendAll = async <E>(topic: Topic<Stamped<E, Tick>>, events: readonly E[]): Promise<void> => {
  const records = events.map((event, i) => ({
    source: 'judge-test',
    sequence: i + 1,
    timeMs: Date.now(),
    event,
    tick: null,
  }));
  const partitionOf = (record: (typeof records)[number]): number =>
    bus.partitionFor(topic.partitionKey(record) ?? '', topic.partitions);
  for (let partition = 0; partition < topic.partitions; partition++)
    await bus.append(
      topic,
      partition,
      records.filter((record) => partitionOf(record) === partition),
    );
};

/** The scores of this test's exchanges; other tests write to the same topics. */
const scoresOf = async (run: string): Promise<FlatScore[]> => {
  const scores: FlatScore[] = [];
  for (let p = 0; p < SCORES.partitions; p++)
    await bus.readToEnd(SCORES, p, 0, ({ value: { event } }) => {
      if (event?.exchangeId.startsWith(run)) scores.push(...flatScores(event));
    });
  return scores;
};
const waitFor = (run: string, distinct: number): Promise<FlatScore[]> =>
  vi.waitFor(
    async () => {
      const scores = await scoresOf(run);
      expect(new Set(scores.map((s) => s.scoreId)).size).toBeGreaterThanOrEqual(distinct);
      return scores;
    },
    { timeout: PROGRESS_WITHIN_MS, interval: 100 },
  );

type Letter = { value: string; origin: string; reason: string };
/** Those of this run: other tests leave garbage in the same topics. */
const deadLetters = async (run: string, count: number): Promise<Letter[]> => {
  const letters: Letter[] = [];
  const consumer = kafka.consumer({ groupId: `judge-test-${Date.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [deadLetterTopic(GROUPS.judge)], fromBeginning: true });
  const textOf = (bytes: unknown): string => (bytes instanceof Buffer ? bytes.toString('latin1') : '');
  await consumer.run({
    eachMessage: async ({ message: { value, headers } }) => {
      const origin = ['topic', 'partition', 'offset']
        .map((part) => textOf(headers?.[`coalmine-origin-${part}`]))
        .join('/');
      if (textOf(value).includes(run))
        letters.push({ value: textOf(value), origin, reason: textOf(headers?.['coalmine-reason']) });
    },
  });
  await vi.waitFor(() => expect(letters.length).toBeGreaterThanOrEqual(count), { timeout: 60_000 });
  await consumer.disconnect();
  return letters;
};

it('garbage and an unknown schema id go to the dead-letter topic with origin and reason, and the judge goes on', async () => {
  const run = `dlq-${Date.now()}-`;
  const exchange = exchangeOf({ exchangeId: `${run}0` });
  const partition = bus.partitionFor(exchange.exchangeId, EXCHANGES.partitions);
  const garbage = `not Avro ${run}`;
  const unknown = Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0x01]), Buffer.from(run)]);
  const messages = [garbage, unknown].map((value) => ({ partition, value }));
  const [sent] = await producer.send({ topic: EXCHANGES.name, messages });
  await appendAll(EXCHANGES, [exchange]);
  start();
  await waitFor(run, METRICS);

  const letters = await deadLetters(run, 2);
  const firstOffset = Number(sent?.baseOffset);
  expect(letters).toEqual([
    { value: garbage, origin: `${EXCHANGES.name}/${partition}/${firstOffset}`, reason: expect.stringMatching(/./) },
    {
      value: unknown.toString('latin1'),
      origin: `${EXCHANGES.name}/${partition}/${firstOffset + 1}`,
      reason: expect.stringMatching(/schema/i),
    },
  ]);
  expect(await end('SIGTERM')).toBe(0);
});

const BATCH = 400;
/** Of so many exchanges the judge model takes the verdict; then it holds its answers until the judge has been killed. */
const ANSWERED = 40;

/** A judge model that stops answering within the batch, so that a kill always comes in the middle. */
const startHoldingModel = async () => {
  let asked = 0;
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { messages } = JSON.parse(await text(req));
    asked += 1;
    if (asked > ANSWERED) await released;
    const { canary } = JSON.parse(messages.at(-1).content);
    const content = JSON.stringify({ score: 3, reason: '', canary });
    res.end(JSON.stringify({ choices: [{ message: { content } }] }));
  };
  const server = createServer((req, res) => void answer(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      JUDGE_RUBRICS: 'examples/judge/tone.yaml',
      JUDGE_MODEL: 'held',
      JUDGE_MODEL_URL: `http://127.0.0.1:${port}/v1`,
    },
    release,
    stop: () => {
      release();
      server.closeAllConnections();
      server.close();
    },
  };
};

it('kill -9 within a batch loses no score, and each has one id', { timeout: 240_000 }, async () => {
  const run = `kill-${Date.now()}-`;
  const exchanges = Array.from({ length: BATCH }, (_, i) =>
    exchangeOf({
      exchangeId: `${run}${i}`,
      responseBody: completionOf({ role: 'assistant', content: `answer ${i}` }),
    }),
  );
  const shadows = exchanges.slice(0, 50).map((exchange, i) => shadowOf({ shadowId: `${run}s${i}`, exchange }));
  const model = await startHoldingModel();
  start(model.env);
  await appendAll(EXCHANGES, exchanges);
  await appendAll(SHADOWS, shadows);
  await waitFor(run, METRICS * 20);
  await end('SIGKILL');
  const atKill = await scoresOf(run);
  model.release();
  start(model.env);

  const perSubject = METRICS + 1;
  const all = (exchanges.length + shadows.length) * perSubject;
  const scores = await waitFor(run, all);
  const idsOf = new Map<string, Set<string>>();
  for (const { exchangeId, shadowId, metric, scoreId } of scores) {
    const subject = `${exchangeId} ${shadowId} ${metric}`;
    idsOf.set(subject, (idsOf.get(subject) ?? new Set()).add(scoreId));
  }
  expect(atKill.length).toBeLessThan(all);
  expect(idsOf.size).toBe(all);
  expect([...idsOf.values()].filter((ids) => ids.size !== 1)).toEqual([]);
  expect(new Set(scores.map((s) => s.scoreId)).size).toBe(all);
  expect(await end('SIGTERM')).toBe(0);
  model.stop();
});

it('announces the metrics of its rubrics in the registry', async () => {
  const startedMs = Date.now();
  const model = await startHoldingModel();
  start(model.env);
  await vi.waitFor(
    async () => {
      const entries: RegistryEntry[] = [];
      await bus.readToEnd(REGISTRY, 0, 0, ({ value }) => entries.push(value));
      const own = entries.filter(({ timeMs }) => timeMs >= startedMs).map(readAnnouncement);
      expect(own).toMatchObject([{ announced: { name: 'tone', family: 'score', better: 'higher' } }]);
    },
    { timeout: PROGRESS_WITHIN_MS, interval: 100 },
  );
  expect(await end('SIGTERM')).toBe(0);
  model.stop();
});

it('puts before the model what the rollout’s plan in Redis samples, and scores the rest by rules alone', async () => {
  const run = `sample-${Date.now()}`;
  const exchanges = Array.from({ length: 60 }, (_, i) =>
    exchangeOf({
      exchangeId: `${run}-${i}`,
      agent: run,
      rollout: `${run}-1`,
      responseBody: completionOf({ role: 'assistant', content: `answer ${i}` }),
    }),
  );
  const view: RoutingView = {
    agent: run,
    sequence: 1,
    rollout: `${run}-1`,
    salt: 's',
    arms: [{ name: 'stable', version: 'v1', upstream: 'http://v1/v1', weight: 100 }],
    versions: [],
    rules: NO_RULES,
    flags: [],
    shadow: null,
    shadowTools: 'pass',
    http: null,
    judging: { candidatePct: 100, stablePct: 30 },
    judgedPct: 100,
    slices: [],
    metrics: [],
    events: [],
    issuedAt: 0,
  };
  const redis = connectRedis({ redisUrl: env.REDIS_URL }, silentLog);
  await redisReady(redis);
  await redis.set(routingKey(run), JSON.stringify(view));
  const model = await startHoldingModel();
  model.release();
  start(model.env);
  await appendAll(EXCHANGES, exchanges);
  const sampled = exchanges.filter((exchange) => isSampled(exchange, false, view)).map(({ exchangeId }) => exchangeId);
  const scores = await waitFor(run, exchanges.length * METRICS + sampled.length);
  expect(await end('SIGTERM')).toBe(0);
  expect(sampled.length).toBeGreaterThan(0);
  expect(sampled.length).toBeLessThan(exchanges.length);
  const judged = scores.filter(({ metric }) => metric === 'tone').map(({ exchangeId }) => exchangeId);
  expect(new Set(judged)).toEqual(new Set(sampled));
  await redis.del(routingKey(run));
  redis.disconnect();
  model.stop();
});
