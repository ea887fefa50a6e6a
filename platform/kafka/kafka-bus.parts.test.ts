import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ITopicConfig } from 'kafkajs';
import { afterAll, expect, it, vi } from 'vitest';
import { deadLetterTopic, REGISTRY } from '../../schemas/topics.ts';
import { parts } from '../../test/parts.ts';
import { busContract, type StoredBytes } from './bus.contract.ts';
import { RefusedRecordError, subscription } from './bus.ts';
import { createKafkaBus } from './kafka-bus.ts';
import { createCluster, createKafka } from './kafka-client.ts';
import { outgoing } from './encode-records.ts';
import { createKafkaEvents } from './kafka-events.ts';
import { createAppender } from './kafka-producer.ts';
import { createReader, offsetAt, readPartition } from './kafka-reader.ts';
import { systemClock } from '../process/clock.ts';
import { createLog, silentLog } from '../process/log.ts';
import { createMetrics } from '../process/metrics.ts';

const env = parts();
const options = { brokers: env.KAFKA_BROKERS.split(','), clientId: 'contract', log: silentLog };
const kafka = createKafka(options);
const admin = kafka.admin();
const producer = kafka.producer({
  createPartitioner:
    () =>
    ({ message }) =>
      message.partition ?? 0,
});
const reader = createReader(() => createCluster(options));
const connected = Promise.all([admin.connect(), producer.connect()]);
const log = createLog('contract', process.env['LOG_LEVEL'] ?? 'silent');

/** Waits by itself until the topic is known: of one that was just made kafkajs may hear that there is none, and reject. */
const makeTopic = async (topic: ITopicConfig): Promise<void> => {
  await admin.createTopics({ waitForLeaders: false, topics: [topic] });
  await vi.waitFor(() => admin.fetchTopicMetadata({ topics: [topic.topic] }), 10_000);
};

/** Every record of a partition with its headers, by the broker's own fetch. */
const readRaw = (topic: string, partition: number): Promise<StoredBytes[]> =>
  reader.use(async (cluster) => {
    const end = await offsetAt(cluster, topic, partition, 'end');
    const leader = cluster
      .findTopicPartitionMetadata(topic)
      .find(({ partitionId }) => partitionId === partition)?.leader;
    const broker = await cluster.findBroker({ nodeId: leader ?? 0 });
    const read: StoredBytes[] = [];
    for (let next = 0; next < end;) {
      const partitions = [{ partition, fetchOffset: String(next), maxBytes: 1 << 20 }];
      const topics = [{ topic, partitions }];
      const request = { maxWaitTime: 500, minBytes: 1, maxBytes: 1 << 20, isolationLevel: 0, topics };
      const { responses } = await broker.fetch(request);
      for (const { offset, value, headers } of responses[0]?.partitions[0]?.messages ?? []) {
        if (Number(offset) < next) continue;
        const texts = Object.entries(headers ?? {}).map(([name, bytes]) => [name, String(bytes)]);
        read.push({ value, headers: Object.fromEntries(texts) as Record<string, string> });
        next = Number(offset) + 1;
      }
    }
    return read;
  });

busContract('on Kafka', async () => {
  await connected;
  return {
    open: () =>
      createKafkaBus({ ...options, registryUrl: env.SCHEMA_REGISTRY_URL, log, metrics: createMetrics('contract') }),
    makeTopic: (topic, numPartitions) => makeTopic({ topic, numPartitions }),
    produceRaw: async (topic, partition, value) => {
      await producer.send({ topic, messages: [{ partition, value }] });
    },
    readRaw,
  };
});

/** The registry, behind a door that can be shut. */
const doorTo = async (url: string) => {
  let isOpen = true;
  const server = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      if (!isOpen) throw new Error('shut');
      const answer = await fetch(`${url}${request.url}`);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    };
    pass().catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut: () => (isOpen = false),
    open: () => (isOpen = true),
    close: () => server.close(),
  };
};

it('refuses the record that the broker finds too large, and that alone', async () => {
  await connected;
  const name = `coalmine.narrow-${process.pid}-${Date.now().toString(36)}`;
  const topic = { ...REGISTRY, name, cleanup: 'delete' as const };
  const configEntries = [{ name: 'max.message.bytes', value: '3000' }];
  await makeTopic({ topic: name, numPartitions: 1, configEntries });
  const bus = await createKafkaBus({
    ...options,
    registryUrl: env.SCHEMA_REGISTRY_URL,
    metrics: createMetrics('narrow'),
  });
  const entry = (bytes: number) => ({
    kind: 'agent',
    name: `${bytes}`,
    document: randomBytes(bytes).toString('base64'),
    by: '',
    timeMs: 1,
  });
  try {
    const records = [1_000, 1_001, 1_002, 4_000, 1_003].map(entry);
    const refusal: unknown = await bus.append(topic, 0, records).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RefusedRecordError);
    expect((refusal as RefusedRecordError).index).toBe(3);
    const names: string[] = [];
    await bus.readToEnd(topic, 0, 0, ({ value }) => names.push(value.name));
    expect(names).toEqual(['1000', '1001', '1002']);
  } finally {
    await bus.close(5_000);
  }
});

it('a time that the brokers refuse holds nothing up: a host three hours ahead appends its records without one', async () => {
  await connected;
  const name = `coalmine.ahead-${process.pid}-${Date.now().toString(36)}`;
  await makeTopic({
    topic: name,
    numPartitions: 1,
    configEntries: [{ name: 'message.timestamp.after.max.ms', value: '3600000' }],
  });
  let aheadMs = 3 * 3_600_000;
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
  const metrics = createMetrics('ahead');
  const appender = createAppender(kafka, clock, createKafkaEvents(silentLog, metrics));
  const record = (timestampMs: number | undefined) => outgoing('a', Buffer.from('a'), { headers: {}, timestampMs });
  try {
    const startMs = systemClock.nowMs();
    await appender.append(name, 0, [record(startMs), record(startMs + aheadMs)]);
    await appender.append(name, 0, [record(undefined)]);
    aheadMs = 0;
    await appender.append(name, 0, [record(startMs), record(startMs + 3 * 3_600_000)]);
    const times: number[] = [];
    await readPartition(reader, { topic: name, partition: 0, offset: 0 }, async (raw) => {
      times.push(...raw.map(({ timestampMs }) => timestampMs));
    });
    expect(times.slice(0, 4)).toEqual([-1, -1, -1, startMs]);
    expect(times[4]! - startMs).toBeLessThan(60_000);
    expect(await metrics.text()).toContain(`coalmine_ahead_kafka_times_refused_total{topic="${name}"} 3`);
  } finally {
    await appender.close(5_000);
  }
});

it('waits for a registry that is away, and sends nothing to the dead letters for it', async () => {
  await connected;
  const name = `coalmine.registry-away-${process.pid}-${Date.now().toString(36)}`;
  const group = name.replace('coalmine.', 'coalmine-');
  const topic = { ...REGISTRY, name, cleanup: 'delete' as const };
  for (const made of [name, deadLetterTopic(group)]) await makeTopic({ topic: made, numPartitions: 1 });
  const open = (registryUrl: string) => createKafkaBus({ ...options, registryUrl, metrics: createMetrics('contract') });
  const door = await doorTo(env.SCHEMA_REGISTRY_URL);
  const [writing, reading] = [await open(env.SCHEMA_REGISTRY_URL), await open(door.url)];
  try {
    await writing.append(topic, 0, [{ kind: 'agent', name: 'a', document: '', by: '', timeMs: 1 }]);
    door.shut();
    const seen: string[] = [];
    let isAssigned = false;
    await reading.consume(group, [
      subscription(topic, {
        onAssign: async () => {
          isAssigned = true;
          return undefined;
        },
        onRecords: async (_, records) => void seen.push(...records.map(({ value }) => value.name)),
      }),
    ]);
    await vi.waitFor(() => expect(isAssigned).toBe(true), { timeout: 20_000 });
    await producer.send({ topic: name, messages: [{ partition: 0, value: Buffer.from('garbage') }] });
    expect(seen).toEqual([]);
    door.open();
    await vi.waitFor(async () => expect(await readRaw(deadLetterTopic(group), 0)).toHaveLength(1), { timeout: 30_000 });
    await vi.waitFor(() => expect(seen).toEqual(['a']), { timeout: 30_000 });
  } finally {
    await Promise.all([writing.close(5_000), reading.close(5_000)]);
    door.close();
  }
});

it('has left its group when it is stopped, though a fetch waits for records, so that nobody waits for its session', async () => {
  await connected;
  const name = `coalmine.leaving-${process.pid}-${Date.now().toString(36)}`;
  const group = name.replace('coalmine.', 'coalmine-');
  const topic = { ...REGISTRY, name, cleanup: 'delete' as const };
  await makeTopic({ topic: name, numPartitions: 1 });
  const bus = await createKafkaBus({
    ...options,
    registryUrl: env.SCHEMA_REGISTRY_URL,
    metrics: createMetrics('leaving'),
  });
  const membersOf = async (): Promise<number> => (await admin.describeGroups([group])).groups[0]?.members.length ?? 0;
  try {
    const seen: string[] = [];
    const consumer = await bus.consume(group, [
      subscription(topic, { onRecords: async (_, records) => void seen.push(...records.map(({ key }) => key)) }),
    ]);
    await bus.append(topic, 0, [{ kind: 'agent', name: 'a', document: '', by: '', timeMs: 1 }]);
    await vi.waitFor(() => expect(seen).toHaveLength(1), { timeout: 20_000 });
    expect(await membersOf()).toBe(1);
    await consumer.stop();
    expect(await membersOf()).toBe(0);
  } finally {
    await bus.close(5_000);
  }
});

afterAll(async () => {
  await Promise.all([admin.disconnect(), producer.disconnect(), reader.close()]);
});
