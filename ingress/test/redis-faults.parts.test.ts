import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '../../platform/process/log.ts';
import { connectRedis, redisReady } from '../../platform/redis/redis.ts';
import type { Redis } from '../../platform/redis/redis.ts';
import { forceView } from '../../platform/redis/force-view.fixture.ts';
import { routingKey } from '../../platform/redis/routing-table.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { parts } from '../../test/parts.ts';
import { answerJson, completion, startUpstream, viewOf } from './front-door.harness.ts';
import type { Upstream } from './front-door.harness.ts';
import { startIngressProcess, waitReady } from './process.harness.ts';
import type { IngressProcess } from './process.harness.ts';

/** What stands between the ingress and Redis, and can hold bytes back, delay them, or cut every connection. */
const startWire = async (redisUrl: string) => {
  const { hostname, port } = new URL(redisUrl);
  let mode: 'open' | 'stalled' | 'slow' | 'cut' = 'open';
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  const pass = (to: Socket, bytes: Buffer): void => {
    const write = (): void => void (to.destroyed || to.write(bytes));
    if (mode === 'stalled') held.push(write);
    else if (mode === 'slow') setTimeout(write, 2_000);
    else write();
  };
  const server = createServer((client) => {
    if (mode === 'cut') {
      client.destroy();
      return;
    }
    const redis = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes: Buffer) => pass(to, bytes));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (next: typeof mode) => {
      mode = next;
      if (next === 'cut') for (const socket of sockets) socket.destroy();
      if (next !== 'stalled') for (const write of held.splice(0)) write();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

const env = parts();
const dataDir = mkdtempSync(path.join(tmpdir(), 'coalmine-redis-'));
const agent = `redis-faults-${process.pid}`;
let wire: Awaited<ReturnType<typeof startWire>>;
let redis: Redis;
let v1: Upstream;
let v2: Upstream;
let ingress: IngressProcess;
let sequence = 1;

/** All traffic to v1, or to v2. */
const put = async (version: 'v1' | 'v2'): Promise<void> => {
  sequence += 1;
  const view = JSON.stringify(viewOf(v1.url, v2.url, version === 'v2' ? 100 : 0, { agent, sequence }));
  await forceView(redis, agent, view);
};
const ask = async (): Promise<{ status: number; version: string | null }> => {
  const body = JSON.stringify({ model: agent, user: 'u', input: 'hi', previous_response_id: `resp_${sequence}` });
  const response = await fetch(`${ingress.url}/v1/responses`, { method: 'POST', body });
  await response.text();
  return { status: response.status, version: response.headers.get('x-coalmine-version') };
};
const inForce = async (version: string, withinMs = 5_000): Promise<void> => {
  const endsAtMs = systemClock.nowMs() + withinMs;
  while ((await ask()).version !== version) {
    if (systemClock.nowMs() > endsAtMs) throw new Error(`${version} was not in force within ${withinMs} ms`);
    await systemClock.sleep(20);
  }
};

beforeAll(async () => {
  wire = await startWire(env.REDIS_URL);
  redis = connectRedis({ redisUrl: env.REDIS_URL }, silentLog);
  await redisReady(redis);
  v1 = await startUpstream((res) => answerJson(res, completion('one')));
  v2 = await startUpstream((res) => answerJson(res, completion('two')));
  await put('v1');
  // Limits and conversations ask Redis with every request, so that its faults meet each of them.
  const policy = path.join(dataDir, 'policy.yaml');
  writeFileSync(
    policy,
    `apiVersion: coalmine/v1
kind: IngressPolicy
metadata: { name: faults }
spec:
  access: { anonymous: { roles: [pin] } }
  limits: { perKey: { requests: 100000, per: 1s, burst: 100000 } }
`,
  );
  ingress = await startIngressProcess({
    ...env,
    REDIS_URL: wire.url,
    INGRESS_DATA_DIR: path.join(dataDir, 'ingress'),
    INGRESS_POLICY: policy,
  });
  await waitReady(ingress.url);
  await inForce('v1');
});
afterAll(async () => {
  ingress.child.kill('SIGKILL');
  wire.close();
  redis.disconnect();
  await Promise.all([v1.close(), v2.close()]);
  rmSync(dataDir, { recursive: true, force: true });
});

it.each(['stalled', 'slow', 'cut'] as const)(
  'with Redis %s every request is answered under the last view, and a newer one is in force within 5 s of its return',
  async (mode) => {
    const before = (await ask()).version;
    const next = before === 'v1' ? 'v2' : 'v1';
    wire.set(mode);
    if (mode !== 'slow') await put(next);
    for (let i = 0; i < 20; i++) expect(await ask()).toEqual({ status: 200, version: before });
    if (mode === 'slow') await put(next);
    wire.set('open');
    await inForce(next);
  },
);

it('a wiped Redis, or one with an older view, moves no weight back', async () => {
  await put('v1');
  const old = await redis.get(routingKey(agent));
  await put('v2');
  await inForce('v2');
  await redis.del(routingKey(agent));
  for (let i = 0; i < 10; i++) expect((await ask()).version).toBe('v2');
  await forceView(redis, agent, old!);
  // A later view of another agent shows that the older one was read and passed over.
  await put('v2');
  for (let i = 0; i < 10; i++) expect((await ask()).version).toBe('v2');
});

it.each<[string, object]>([
  ['a sequence beyond four bytes', { sequence: 2 ** 33 }],
  ['a rollout of 300 characters', { rollout: 'r'.repeat(300) }],
  ['a rollout of two lines', { rollout: 'r\r\nx-injected: 1' }],
  ['an address that is none', { arms: [{ name: 'stable', version: 'v1', upstream: 'http://[::1', weight: 100 }] }],
])('a view with %s ends nothing: requests are answered under the one before, and the next is taken', async (_, odd) => {
  await put('v1');
  await inForce('v1');
  sequence += 1;
  const view = JSON.stringify({ ...viewOf(v1.url, v2.url, 100, { agent, sequence }), ...odd });
  await forceView(redis, agent, view);
  for (let i = 0; i < 10; i++) expect(await ask()).toEqual({ status: 200, version: 'v1' });
  await put('v2');
  await inForce('v2');
  expect(ingress.said()).toContain('a routing view was ignored: ');
});

it('a Redis that takes no writes costs no request', async () => {
  await redis.replicaof('127.0.0.1', '1');
  try {
    for (let i = 0; i < 20; i++) expect((await ask()).status).toBe(200);
  } finally {
    await redis.replicaof('NO', 'ONE');
  }
  await put('v1');
  await inForce('v1');
});
