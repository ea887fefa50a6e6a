import { afterAll } from 'vitest';
import { parts } from '../test/parts.ts';
import { busContract, type StoredBytes } from './bus.contract.ts';
import { createKafkaBus } from './kafka-bus.ts';
import { createCluster, createKafka } from './kafka-client.ts';
import { createReader, offsetAt } from './kafka-reader.ts';
import { createLog, silentLog } from './log.ts';
import { createMetrics } from './metrics.ts';

const env = parts();
const options = { brokers: env.KAFKA_BROKERS.split(','), clientId: 'contract', log: silentLog };
const kafka = createKafka(options);
const admin = kafka.admin();
const producer = kafka.producer({ createPartitioner: () => ({ message }) => message.partition ?? 0 });
const reader = createReader(() => createCluster(options));
const connected = Promise.all([admin.connect(), producer.connect()]);
const log = createLog('contract', process.env['LOG_LEVEL'] ?? 'silent');

/** Every record of a partition with its headers, by the broker's own fetch. */
const readRaw = (topic: string, partition: number): Promise<StoredBytes[]> =>
  reader.use(async (cluster) => {
    const end = await offsetAt(cluster, topic, partition, 'end');
    const leader = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader;
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
    open: () => createKafkaBus({ ...options, registryUrl: env.SCHEMA_REGISTRY_URL, log, metrics: createMetrics('contract') }),
    makeTopic: async (topic, numPartitions) => {
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions }] });
    },
    produceRaw: async (topic, partition, value) => {
      await producer.send({ topic, messages: [{ partition, value }] });
    },
    readRaw,
  };
});

afterAll(async () => {
  await Promise.all([admin.disconnect(), producer.disconnect(), reader.close()]);
});
