import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createTopics } from '../../infra/create-topics.ts';
import { pickFreePorts } from '../../infra/parts/ports.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { connectRedis, redisReady } from '../../platform/redis/redis.ts';
import { forceView } from '../../platform/redis/force-view.fixture.ts';
import { EXCHANGES } from '../../schemas/topics.ts';
import { parts } from '../../test/parts.ts';
import { answerJson, completion, startUpstream, until, viewOf } from './front-door.harness.ts';

const env = parts();
const dataDir = mkdtempSync(path.join(tmpdir(), 'coalmine-pool-'));
const agent = `pooled-${process.pid}`;
const stops: (() => void)[] = [];
afterAll(() => {
  for (const stop of stops) stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const isUp = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { headers: { connection: 'close' } })).ok;
  } catch {
    return false;
  }
};

/** Request ids begin with what is different in every process. */
const processOf = (requestId: string | null): string => requestId?.slice(0, 'req_'.length + 8) ?? '';

it('several processes share a port, one that dies is started again, and every answer is in the topic', async () => {
  await createTopics({ brokers: env.KAFKA_BROKERS.split(','), registryUrl: env.SCHEMA_REGISTRY_URL, replication: 1 });
  const upstream = await startUpstream((res) => answerJson(res, completion('hi')));
  const redis = connectRedis({ redisUrl: env.REDIS_URL }, silentLog);
  await redisReady(redis);
  const view = JSON.stringify(viewOf(upstream.url, upstream.url, 50, { agent }));
  await forceView(redis, agent, view);
  const [port] = await pickFreePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, ['ingress/main.ts'], {
    env: {
      ...process.env,
      ...env,
      INGRESS_PORT: String(port),
      INGRESS_PROCESSES: '3',
      INGRESS_POLICY: 'examples/local-policy.yaml',
      INGRESS_DATA_DIR: dataDir,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  stops.push(() => child.kill('SIGKILL'));

  const seen = new Set<string>();
  const processes = new Set<string>();
  const ask = async (): Promise<void> => {
    const body = JSON.stringify({ model: agent, user: `u${seen.size}`, messages: [] });
    const headers = { connection: 'close' };
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
    await response.text();
    expect(response.status).toBe(200);
    seen.add(response.headers.get('x-coalmine-exchange-id')!);
    processes.add(processOf(response.headers.get('x-request-id')));
  };
  const askUntil = async (count: number): Promise<void> => {
    for (let i = 0; i < 500 && processes.size < count; i++) await ask();
    expect(processes.size).toBe(count);
  };
  const listening = (): number => said.match(/msg":"listening/g)?.length ?? 0;
  await until(() => listening() >= 3, 'three processes', 20_000);
  while (!(await isUp(`${url}/readyz`))) await systemClock.sleep(20);
  await askUntil(3);
  expect(existsSync(path.join(dataDir, '2', 'journal'))).toBe(true);

  process.kill(Number(/"index":0,"pid":(\d+)/.exec(said)![1]), 'SIGKILL');
  await until(() => said.includes('ended by itself and is started again'), 'the pool to notice');
  await until(() => listening() >= 4, 'the process again', 20_000);
  await askUntil(4);

  const bus = await createKafkaBus({
    brokers: env.KAFKA_BROKERS.split(','),
    registryUrl: env.SCHEMA_REGISTRY_URL,
    clientId: 'pool-test',
    log: silentLog,
    metrics: createMetrics('pool_test'),
  });
  const found = new Set<string>();
  await bus.tail(EXCHANGES, async (_partition, records) => {
    for (const { value } of records) if (value.event?.agent === agent) found.add(value.event.exchangeId);
  });
  // While it is up: what it can't publish within its last seconds waits in the journal for its next start.
  await until(() => [...seen].every((id) => found.has(id)), 'all exchanges', 60_000);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  await bus.close(1_000);
  redis.disconnect();
  await upstream.close();
}, 120_000);
