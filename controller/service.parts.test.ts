import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTopics } from '../infra/create-topics.ts';
import type { Bus } from '../platform/kafka/bus.ts';
import { systemClock } from '../platform/process/clock.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import { connectRedis, type Redis, redisReady } from '../platform/redis/redis.ts';
import { routingKey } from '../platform/redis/routing-table.ts';
import { RoutingView } from '../schemas/routing-view.ts';
import { parts } from '../test/parts.ts';
import { createRoutingStore } from './effects/routing-redis.io.ts';
import { GOOD } from './test/play.fixture.ts';
import { randomOf, windowRows } from './test/traffic.fixture.ts';
import {
  AGENT_YAML,
  rolloutYaml,
  sequenceOf,
  startSimulated,
  type SimulatedController,
  writeWindow,
} from './test/simulation.fixture.ts';
import { person } from './test/person.fixture.ts';
import { agentYaml } from './test/registered.fixture.ts';

const env = parts();
const AGENT = `controller-parts-${Date.now()}`;
const buses: Bus[] = [];
const controllers: SimulatedController[] = [];
let redis: Redis;

const named = (yaml: string): string => yaml.replaceAll('support', AGENT);
const viewNow = async (): Promise<string | undefined> => (await redis.get(routingKey(AGENT))) ?? undefined;
const signal = (): AbortSignal => AbortSignal.timeout(20_000);
const soon = { timeout: 20_000, interval: 20 };

const startOne = async (clientId: string): Promise<SimulatedController> => {
  const metrics = createMetrics(clientId);
  const bus = await createKafkaBus({
    brokers: env.KAFKA_BROKERS.split(','),
    registryUrl: env.SCHEMA_REGISTRY_URL,
    clientId,
    log: silentLog,
    metrics,
  });
  buses.push(bus);
  const store = { views: new Map(), history: [], away: false, refused: 0, apply: createRoutingStore(redis) };
  const controller = await startSimulated(bus, store, systemClock);
  controllers.push(controller);
  return controller;
};

beforeAll(async () => {
  await createTopics({ brokers: env.KAFKA_BROKERS.split(','), registryUrl: env.SCHEMA_REGISTRY_URL, replication: 1 });
  redis = connectRedis({ redisUrl: env.REDIS_URL }, silentLog);
  await redisReady(redis);
});
afterAll(async () => {
  await Promise.all(controllers.map((controller) => controller.stop()));
  await Promise.all(buses.map((bus) => bus.close(2_000)));
  await redis.del(routingKey(AGENT));
  redis.disconnect();
});

describe('two controllers on a real Kafka and a real Redis', () => {
  it('write one log; a wiped and a restored Redis holds what it says within 5 s; a bad candidate is rolled back', async () => {
    const [one, two] = [await startOne('controller-1'), await startOne('controller-2')];
    expect(await one.apply(`${named(AGENT_YAML)}---${named(rolloutYaml())}`, person('ann'), signal())).toMatchObject({
      ok: [{}, {}],
    });
    await vi.waitFor(() => expect(two.rollout(`${AGENT}-v2`)?.state).toBe('canary'), soon);
    const created = await Promise.all(
      [one, two].map((c, i) =>
        c.createVersions(agentYaml({ v9: `prompt ${i}` }, AGENT), undefined, person('ann'), signal()),
      ),
    );
    expect(created.filter((answer) => 'ok' in answer)).toHaveLength(1);
    const idOf = (c: SimulatedController) => c.registry.find('Version', `${AGENT}/v9`)?.id;
    expect(idOf(one)).toBe(idOf(two));
    await Promise.all(
      [one, two].map((c, i) =>
        c.command(`${AGENT}-v2`, i === 0 ? 'pause' : 'promote', person(`actor-${i}`), '', signal()),
      ),
    );
    await vi.waitFor(() => expect(two.rollout(`${AGENT}-v2`)?.state).toBe('promoted'), soon);
    await two.apply(named(rolloutYaml('', 'support-v3', 'v3')), person('bob'), signal());
    await vi.waitFor(() => expect(one.rollout(`${AGENT}-v3`)?.state).toBe('canary'), soon);
    const sequence = one.decisions(AGENT, 1)![0]!.sequence;
    expect(two.decisions(AGENT, 500)).toEqual(one.decisions(AGENT, 500));
    await vi.waitFor(async () => expect(sequenceOf(await viewNow())).toBe(sequence), soon);

    const current = (await viewNow())!;
    await redis.del(routingKey(AGENT));
    await vi.waitFor(async () => expect(await viewNow()).toBe(current), { timeout: 5_000, interval: 20 });
    await redis.set(routingKey(AGENT), JSON.stringify({ ...RoutingView.parse(JSON.parse(current)), sequence: 1 }));
    await vi.waitFor(async () => expect(await viewNow()).toBe(current), { timeout: 5_000, interval: 20 });

    const view = RoutingView.parse(JSON.parse(current));
    const world = { stable: GOOD, candidate: { ...GOOD, error: 0.5 }, requestsPerWindow: 200, windowMs: 1_000 };
    const firstMs = Math.ceil(view.issuedAt / 1_000) * 1_000;
    for (let i = 0; i < 6; i++) {
      const rows = windowRows(world, view, firstMs + i * 1_000, randomOf(i));
      await writeWindow(buses[0]!, AGENT, rows, firstMs + (i + 1) * 1_000);
    }
    await vi.waitFor(() => expect(one.rollout(`${AGENT}-v3`)?.state).toBe('rolled_back'), soon);
    expect(one.decisions(AGENT, 1)).toMatchObject([{ type: 'rollback', metric: 'error_rate', by: 'controller' }]);
    await vi.waitFor(async () => expect(sequenceOf(await viewNow())).toBe(sequence + 1), soon);
    expect([...one.alarms, ...two.alarms]).toEqual([]);
  });
});
