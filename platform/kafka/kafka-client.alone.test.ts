import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { expect, it } from 'vitest';
import { silentLog } from '../process/log.ts';

const require = createRequire(import.meta.url);
const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: object };
const consumerGroup = require('kafkajs/src/consumer/consumerGroup') as { prototype: object };
const recordEncoder = 'kafkajs/src/protocol/recordBatch/record/v0';
const recordDecoder = 'kafkajs/src/protocol/recordBatch/record/v0/decoder';
const { CompressionCodecs, CompressionTypes } = kafkajs;
const fixed = (): unknown[] => [
  Reflect.get(prototype, 'scheduleCheckPendingRequests'),
  Reflect.get(prototype, 'scheduleRequestTimeoutCheck'),
  Reflect.get(consumerGroup.prototype, 'fetch'),
  CompressionCodecs[CompressionTypes.ZSTD],
  CompressionCodecs[CompressionTypes.Snappy],
  require(recordEncoder),
  require(recordDecoder),
];

it('leaves kafkajs alone when it is imported, mends it with the first client, and a second one changes nothing', async () => {
  const before = fixed();
  const { createCluster, createKafka } = await import('./kafka-client.ts');
  expect(fixed()).toEqual(before);
  const options = { brokers: ['127.0.0.1:9'], clientId: 'test', log: silentLog };
  createCluster(options);
  const after = fixed();
  expect(after.filter((part) => before.includes(part))).toEqual([]);
  createKafka(options);
  expect(fixed()).toEqual(after);
  // What sends records takes their encoder as it is when the first is sent, and what reads batches their decoder.
  expect(require.cache[require.resolve('kafkajs/src/protocol/requests/produce/v3/request')]).toBeUndefined();
  expect(require.cache[require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder')]).toBeUndefined();
});
