import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createTopics } from '../../infra/create-topics.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { connectRedis, redisReady } from '../../platform/redis/redis.ts';
import { forceView } from '../../platform/redis/force-view.fixture.ts';
import type { ExchangeRecord } from '../../schemas/exchange.ts';
import { EXCHANGES } from '../../schemas/topics.ts';
import { parts } from '../../test/parts.ts';
import { answerJson, completion, startUpstream, until, viewOf } from './front-door.harness.ts';
import { startIngressProcess, waitReady } from './process.harness.ts';

const env = parts();
const dataDir = mkdtempSync(path.join(tmpdir(), 'coalmine-clock-'));
const leap = path.join(dataDir, 'leap');
const agent = `leaping-${process.pid}`;
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

const preload = new URL('leaping-clock.harness.ts', import.meta.url).href;
const startLeaping = async () => {
  const started = await startIngressProcess({
    ...env,
    INGRESS_DATA_DIR: dataDir,
    NODE_OPTIONS: `--import=${preload}`,
    LEAPING_CLOCK: leap,
  });
  children.add(started.child);
  await waitReady(started.url);
  return started;
};

const send = async (url: string): Promise<string> => {
  const body = JSON.stringify({ model: agent, user: 'u', messages: [] });
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
  await response.text();
  return response.headers.get('x-coalmine-exchange-id')!;
};

/** All exchanges' records from now on; `own` are those of this test's agent. */
const follow = async () => {
  await createTopics({ brokers: env.KAFKA_BROKERS.split(','), registryUrl: env.SCHEMA_REGISTRY_URL, replication: 1 });
  const bus = await createKafkaBus({
    brokers: env.KAFKA_BROKERS.split(','),
    registryUrl: env.SCHEMA_REGISTRY_URL,
    clientId: 'clock-test',
    log: silentLog,
    metrics: createMetrics('clock_test'),
  });
  const records: ExchangeRecord[] = [];
  await bus.tail(EXCHANGES, async (_partition, incoming) => void records.push(...incoming.map((r) => r.value)));
  const own = (): ExchangeRecord[] => records.filter(({ event }) => event?.agent === agent);
  return { bus, records, own };
};

it('a clock that is three hours ahead holds nothing up, while it leaps, from the start on, or afterwards', async () => {
  const upstream = await startUpstream((res) => answerJson(res, completion('hi')));
  const redis = connectRedis({ redisUrl: env.REDIS_URL }, silentLog);
  await redisReady(redis);
  const view = JSON.stringify(viewOf(upstream.url, upstream.url, 50, { agent }));
  await forceView(redis, agent, view);
  const { bus, records, own } = await follow();
  const published = (id: string): Promise<ExchangeRecord> =>
    until(() => own().find(({ event }) => event?.exchangeId === id), 'its exchange', 20_000);
  const isNow = (timeMs: number): boolean => Math.abs(timeMs - systemClock.nowMs()) < 60_000;

  const first = await startLeaping();
  expect(isNow((await published(await send(first.url))).timeMs)).toBe(true);
  writeFileSync(leap, '');
  await systemClock.sleep(100);
  // A leap of some seconds is not even seen.
  expect(isNow((await published(await send(first.url))).timeMs)).toBe(true);
  first.child.kill('SIGKILL');
  await first.exited;

  // A process that begins under the wrong time knows no other.
  const second = await startLeaping();
  const wrong = await published(await send(second.url));
  expect(isNow(wrong.timeMs)).toBe(false);
  const { source } = wrong;
  const before = records.length;
  rmSync(leap);
  const isRight = (r: ExchangeRecord): boolean => r.tick !== null && r.source === source && isNow(r.timeMs);
  await until(() => records.slice(before).some(isRight), 'a tick', 60_000);
  expect(isNow((await published(await send(second.url))).timeMs)).toBe(true);
  expect(await (await fetch(`${second.url}/readyz`)).json()).toEqual({ status: 'ok' });
  second.child.kill('SIGTERM');
  expect(await second.exited).toBe(0);

  const third = await startLeaping();
  expect(isNow((await published(await send(third.url))).timeMs)).toBe(true);
  third.child.kill('SIGTERM');
  await third.exited;
  await bus.close(1_000);
  redis.disconnect();
  await upstream.close();
}, 180_000);
