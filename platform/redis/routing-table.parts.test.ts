import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NO_RULES } from '../../schemas/routing-view.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { parts } from '../../test/parts.ts';
import { silentLog } from '../process/log.ts';
import { connectRedis, type Redis, redisReady } from './redis.ts';
import { readRoutingFile } from './routing-file.ts';
import { followRouting, ROUTING_CHANNEL, routingKey, type RoutingTable } from './routing-table.ts';

const { REDIS_URL } = parts();

let agent: string;
let redis: Redis;
let folder: string;
const tables: RoutingTable[] = [];

const view = (sequence: number): RoutingView => ({
  agent,
  sequence,
  rollout: 'r',
  salt: 's',
  arms: [{ name: 'stable', version: 'v1', upstream: 'http://a', weight: 95 }],
  versions: [],
  rules: NO_RULES,
  flags: [],
  shadow: null,
  shadowTools: 'pass',
  http: null,
  judging: null,
  judgedPct: 100,
  slices: [],
  metrics: [],
  events: [],
  issuedAt: 1,
});
const follow = async (more: Partial<Parameters<typeof followRouting>[0]> = {}): Promise<RoutingTable> => {
  const table = await followRouting({ redisUrl: REDIS_URL, log: silentLog, ...more });
  tables.push(table);
  return table;
};
const set = (sequence: number): Promise<unknown> => redis.set(routingKey(agent), JSON.stringify(view(sequence)));
const publish = (sequence: number): Promise<unknown> => redis.publish(ROUTING_CHANNEL, JSON.stringify(view(sequence)));
const sequenceOf = (table: RoutingTable): number | undefined => table.views.get(agent)?.sequence;
const until = (check: () => void | Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 5 });

beforeEach(async () => {
  agent = `agent-${process.pid}-${Math.floor(performance.now() * 1_000)}`;
  folder = await mkdtemp(join(tmpdir(), 'coalmine-routing-'));
  redis = connectRedis({ redisUrl: REDIS_URL }, silentLog);
  await redisReady(redis);
});
afterEach(async () => {
  await Promise.all(tables.splice(0).map((table) => table.stop()));
  await redis.del(routingKey(agent));
  redis.disconnect();
  await rm(folder, { recursive: true });
});

it('finds what stands in Redis, and is healthy then', async () => {
  await set(3);
  const table = await follow();
  await until(() => expect(sequenceOf(table)).toBe(3));
  await until(() => expect(table.healthy()).toBe(true));
});

it('is known once Redis was read whole, and not by what the channel told', async () => {
  const user = `${agent}-channel`;
  const rules = ['resetchannels', '&*', '+subscribe', '+ping', '+info', '+client'];
  await redis.acl('SETUSER', user, 'on', '>secret', '~*', ...rules);
  const asUser = REDIS_URL.replace('redis://', `redis://${user}:secret@`);
  const table = await follow({ redisUrl: asUser, pollEveryMs: 50 });
  await until(async () => {
    await publish(3);
    expect(sequenceOf(table)).toBe(3);
  });
  expect(table.isKnown()).toBe(false);
  await redis.acl('SETUSER', user, '+scan', '+mget');
  await until(() => expect(table.isKnown()).toBe(true));
  await redis.acl('DELUSER', user);
});

it('hears of a change by the channel, without waiting for the poll', async () => {
  const table = await follow({ pollEveryMs: 600_000 });
  await until(() => expect(table.healthy()).toBe(true));
  await publish(1);
  await until(() => expect(sequenceOf(table)).toBe(1));
});

it('finds by the poll what the channel did not say', async () => {
  const table = await follow({ pollEveryMs: 50 });
  await until(() => expect(table.healthy()).toBe(true));
  await set(1);
  await until(() => expect(sequenceOf(table)).toBe(1));
});

it('never goes back, whatever Redis is set to', async () => {
  const table = await follow({ pollEveryMs: 20 });
  await set(5);
  await until(() => expect(sequenceOf(table)).toBe(5));
  await set(2);
  await publish(3);
  await redis.del(routingKey(agent));
  await publish(6);
  await until(() => expect(sequenceOf(table)).toBe(6));
});

it('keeps the table on disk for a start without Redis', async () => {
  const file = join(folder, 'routing.json');
  const table = await follow({ file });
  await set(4);
  await until(() => expect(sequenceOf(table)).toBe(4));
  await table.stop();
  expect((await readRoutingFile(file, silentLog)).find((one) => one.agent === agent)?.sequence).toBe(4);
});

it('is subscribed again after its connections were cut', async () => {
  const table = await follow({ pollEveryMs: 100 });
  await until(() => expect(table.healthy()).toBe(true));
  await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await until(() => expect(table.healthy()).toBe(false));
  await until(() => expect(table.healthy()).toBe(true));
  await publish(7);
  await until(() => expect(sequenceOf(table)).toBe(7));
});
