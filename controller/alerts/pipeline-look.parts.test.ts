import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTopics } from '../../infra/create-topics.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { GROUPS, REGISTRY } from '../../schemas/topics.ts';
import { parts } from '../../test/parts.ts';
import { noPipeline } from '../test/no-operating.fixture.ts';
import { lookAtPipeline } from './pipeline-look.ts';

const env = parts();
const access = { brokers: env.KAFKA_BROKERS.split(','), registryUrl: env.SCHEMA_REGISTRY_URL };
/** Later than any record's time. */
const NEVER_MS = 8_640_000_000_000_000;
let bus: Bus;

beforeAll(async () => {
  await createTopics({ ...access, replication: 1 });
  const metrics = createMetrics('look');
  bus = await createKafkaBus({ ...access, clientId: 'alerts-look', log: silentLog, metrics });
});
afterAll(() => bus.close(2_000));

it('a real Kafka tells where topics end, and so what is new, without a record being read', async () => {
  const { deadLetters } = await lookAtPipeline(bus, noPipeline, Date.now());
  expect(deadLetters.map(({ group }) => group)).toEqual(Object.values(GROUPS));
  const endBefore = await bus.offsetSince(REGISTRY, 0, NEVER_MS);
  const entry = { kind: 'Test', name: 'look', document: '{}', by: 'test', timeMs: Date.now() };
  await bus.append(REGISTRY, 0, [entry]);
  expect(await bus.offsetSince(REGISTRY, 0, NEVER_MS)).toBeGreaterThan(endBefore);
});
