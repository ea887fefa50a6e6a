import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTopics } from '../../infra/create-topics.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { createDeadLetterBox } from '../../platform/kafka/dead-letter-box.ts';
import { replayedHeaders } from '../../platform/kafka/dead-letter.ts';
import { createKafka } from '../../platform/kafka/kafka-client.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { deadLetterTopic, GROUPS, REGISTRY } from '../../schemas/topics.ts';
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
  const endBefore = await bus.offsetSince(REGISTRY, 0, NEVER_MS);
  const entry = { kind: 'Test', name: 'look', document: '{}', by: 'test', timeMs: Date.now() };
  await bus.append(REGISTRY, 0, [entry]);
  expect(await bus.offsetSince(REGISTRY, 0, NEVER_MS)).toBeGreaterThan(endBefore);
});

it('a real Kafka tells which dead letters were not sent back, and which lie there no more', async () => {
  const box = createDeadLetterBox({ ...access, log: silentLog });
  const kafka = createKafka({ brokers: access.brokers, clientId: 'look-test', log: silentLog });
  const [producer, admin] = [kafka.producer(), kafka.admin()];
  await Promise.all([producer.connect(), admin.connect()]);
  const topic = deadLetterTopic(GROUPS.alerts);
  const send = async (headers: Record<string, string>, count = 1): Promise<number> => {
    const messages = Array.from({ length: count }, () => ({ partition: 0, value: 'x', headers }));
    const [sent] = await producer.send({ topic, messages });
    return Number(sent!.baseOffset);
  };
  const lookNow = async () => {
    const pipeline = {
      ...noPipeline,
      waitingLetters: async () => ({ ok: [{ group, waiting: await box.waiting(group) }] }),
    };
    return (await lookAtPipeline(bus, pipeline, Date.now())).deadLetters![0]!.waiting;
  };
  const group = GROUPS.alerts;
  const before = await lookNow();
  const first = await send({}, 3);
  expect(await lookNow()).toBe(before + 3);
  await send(replayedHeaders(first + 1));
  expect(await lookNow()).toBe(before + 2);
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(first + 1) }] });
  expect(await lookNow()).toBe(1);
  await Promise.all([producer.disconnect(), admin.disconnect(), box.close()]);
});
