import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
import type { IngressProcess } from './process.harness.ts';
import { RawClient } from './raw-http.harness.ts';
import { isWhole } from '../../test/whole.ts';

const env = parts();
const dataDir = mkdtempSync(path.join(tmpdir(), 'coalmine-kill-'));
const agent = `killed-${process.pid}`;
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

/** An ingress of these tests; resolves once it listens. */
const startIngress = async (more: Record<string, string> = {}): Promise<IngressProcess> => {
  const started = await startIngressProcess({ ...env, INGRESS_DATA_DIR: dataDir, ...more });
  children.add(started.child);
  return started;
};

/** Sends until the ingress is gone; gives the exchange ids of the answers that came whole. */
const sendUntilGone = async (url: string, worker: number): Promise<{ ids: string[]; refusedBy: unknown }> => {
  const ids: string[] = [];
  for (let i = 0; ; i++) {
    const body = JSON.stringify({ model: agent, user: `u${worker}-${i}`, messages: [], stream: i % 3 === 0 });
    try {
      const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
      const text = await response.text();
      const whole = i % 3 === 0 ? text.endsWith('data: [DONE]\n\n') : text.endsWith('}');
      if (response.status === 200 && whole) ids.push(response.headers.get('x-coalmine-exchange-id')!);
    } catch (error) {
      return { ids, refusedBy: (error as { cause?: { code?: string } }).cause?.code };
    }
  }
};

it('every answer that a client saw whole is exactly one effective exchange in the topic, over kills and a graceful stop', async () => {
  await createTopics({ brokers: env.KAFKA_BROKERS.split(','), registryUrl: env.SCHEMA_REGISTRY_URL, replication: 1 });
  const upstream = await startUpstream((res, body) => {
    if (!body.includes('"stream":true')) return answerJson(res, completion('hi'));
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write('data: {"choices":[]}\n\n');
    res.end('data: [DONE]\n\n');
  });
  const redis = connectRedis({ redisUrl: env.REDIS_URL }, silentLog);
  await redisReady(redis);
  const view = JSON.stringify(viewOf(upstream.url, upstream.url, 50, { agent }));
  await forceView(redis, agent, view);

  const seen: string[] = [];
  for (let round = 0; round < (isWhole ? 5 : 3); round++) {
    const ingress = await startIngress();
    await waitReady(ingress.url);
    const sending = Array.from({ length: 8 }, (_, worker) => sendUntilGone(ingress.url, worker));
    await systemClock.sleep(300 + 600 * round);
    ingress.child.kill('SIGKILL');
    seen.push(...(await Promise.all(sending)).flatMap(({ ids }) => ids));
    await ingress.exited;
  }
  const last = await startIngress();
  const served = upstream.requests.length;
  const bus = await createKafkaBus({
    brokers: env.KAFKA_BROKERS.split(','),
    registryUrl: env.SCHEMA_REGISTRY_URL,
    clientId: 'kill-test',
    log: silentLog,
    metrics: createMetrics('kill_test'),
  });
  const records: ExchangeRecord[] = [];
  await bus.tail(EXCHANGES, async (_partition, incoming) => void records.push(...incoming.map((r) => r.value)));
  const ids = (): string[] =>
    records.flatMap((record) => (record.event?.agent === agent ? record.event.exchangeId : []));
  await until(() => seen.every((id) => ids().includes(id)), 'all exchanges', 60_000);
  await waitReady(last.url);
  const leaving = Array.from({ length: 8 }, (_, worker) => sendUntilGone(last.url, 100 + worker));
  await until(() => upstream.requests.length > served + 50, 'requests');
  last.child.kill('SIGTERM');
  const stopped = (await Promise.all(leaving)).map(({ ids, refusedBy }) => {
    // Nobody who had a connection was let down: only new ones were not taken.
    expect(refusedBy).toBe('ECONNREFUSED');
    return ids;
  });
  expect(await last.exited).toBe(0);
  await until(() => stopped.flat().every((id) => ids().includes(id)), 'the exchanges of the stop', 10_000);

  const numbers = new Map<string, string>();
  for (const { event, source, sequence } of records) {
    if (event === null || event.agent !== agent) continue;
    const number = `${source}|${bus.partitionFor(event.exchangeId, EXCHANGES.partitions)}|${sequence}`;
    // A repeat has its first's number, and no number stands for two exchanges.
    expect(numbers.get(event.exchangeId) ?? number).toBe(number);
    numbers.set(event.exchangeId, number);
  }
  expect(new Set(numbers.values()).size).toBe(numbers.size);
  expect(seen.length).toBeGreaterThan(100);
  expect(new Set(seen).size).toBe(seen.length);
  process.stderr.write(`kill -9: ${seen.length} whole answers, ${numbers.size} exchanges, ${ids().length} records\n`);
  await bus.close(1_000);
  redis.disconnect();
  await upstream.close();
}, 180_000);

it('a published routing view is in force for the next requests, and the table on disk serves when Redis is away', async () => {
  const v1 = await startUpstream((res) => answerJson(res, completion('one')));
  const v2 = await startUpstream((res) => answerJson(res, completion('two')));
  const redis = connectRedis({ redisUrl: env.REDIS_URL }, silentLog);
  await redisReady(redis);
  const ingress = await startIngress();
  const put = async (sequence: number, weight: number): Promise<void> => {
    const view = JSON.stringify(viewOf(v1.url, v2.url, weight, { agent, sequence }));
    await forceView(redis, agent, view);
  };
  const ask = async (url: string): Promise<string | null> => {
    const body = JSON.stringify({ model: agent, user: 'u', messages: [] });
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
    await response.text();
    return response.headers.get('x-coalmine-version');
  };
  const tookMs: number[] = [];
  for (let i = 0; i < 20; i++) {
    const startMs = performance.now();
    await put(10 + i, i % 2 === 0 ? 100 : 0);
    while ((await ask(ingress.url)) !== (i % 2 === 0 ? 'v2' : 'v1')) await systemClock.sleep(1);
    tookMs.push(performance.now() - startMs);
  }
  const sorted = tookMs.sort((a, b) => a - b).map((ms) => Math.round(ms));
  process.stderr.write(`a view in force after (set, publish, first request): ${sorted.join(' ')} ms\n`);
  await until(
    () => readFileSync(path.join(dataDir, 'routing.json'), 'utf8').includes('"sequence":29'),
    'the table on disk',
  );
  ingress.child.kill('SIGKILL');
  await ingress.exited;
  const alone = await startIngress({ REDIS_URL: 'redis://127.0.0.1:9', KAFKA_BROKERS: '127.0.0.1:9' });
  expect(await ask(alone.url)).toBe('v1');
  redis.disconnect();
  await Promise.all([v1.close(), v2.close()]);
}, 60_000);

it('a graceful stop answers what is under way and what open connections still ask, takes no new ones, and is soon over', async () => {
  const upstream = await startUpstream((res, body) => {
    const finish = (): void => {
      if (body.includes('"stream":true')) res.end('data: [DONE]\n\n');
      else answerJson(res, completion('hi'));
    };
    if (body.includes('"stream":true')) {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: {"choices":[]}\n\n');
    }
    setTimeout(finish, body.includes('slow') ? 2_000 : 0);
  });
  const redis = connectRedis({ redisUrl: env.REDIS_URL }, silentLog);
  await redisReady(redis);
  const view = JSON.stringify(viewOf(upstream.url, upstream.url, 50, { agent, sequence: 100 }));
  await forceView(redis, agent, view);
  const ingress = await startIngress({ INGRESS_DATA_DIR: path.join(dataDir, 'stopped') });
  await waitReady(ingress.url);
  const { port } = new URL(ingress.url);
  const body = (user: string, stream: boolean): string => JSON.stringify({ model: agent, user, stream, messages: [] });
  const ask = (user: string, stream: boolean): Promise<string> =>
    fetch(`${ingress.url}/v1/chat/completions`, { method: 'POST', body: body(user, stream) }).then((r) => r.text());
  const post = (user: string): string => {
    const text = body(user, false);
    return `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  };
  const open = Array.from({ length: 10 }, () => new RawClient(Number(port)));
  for (const client of open) client.write(post('first'));
  for (const client of open) await client.answered();
  const slow = Array.from({ length: 20 }, (_, i) => ask(`slow ${i}`, i % 2 === 0));
  await expect.poll(() => upstream.requests.length, { timeout: 8_000 }).toBe(30);
  ingress.child.kill('SIGTERM');
  const stoppedAtMs = performance.now();
  await until(() => performance.now() - stoppedAtMs > 100, 'the stop to begin');
  for (const client of open) client.write(post('second'));
  for (const client of open) await client.answered(2);
  for (const { answers } of open) {
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    // Whoever waits for it on an open connection would wait for ever: it is told to leave.
    expect(answers[1]!.head).toContain('\r\nconnection: close');
  }
  await expect(fetch(`${ingress.url}/livez`, { headers: { connection: 'close' } })).rejects.toMatchObject({
    cause: { code: 'ECONNREFUSED' },
  });
  for (const text of await Promise.all(slow)) expect(text).toMatch(/data: \[DONE\]\n\n$|\}$/);
  expect(await ingress.exited).toBe(0);
  const tookMs = performance.now() - stoppedAtMs;
  process.stderr.write(`a graceful stop with 20 slow answers under way took ${Math.round(tookMs)} ms\n`);
  expect(tookMs).toBeLessThan(10_000);
  redis.disconnect();
  await upstream.close();
}, 60_000);
