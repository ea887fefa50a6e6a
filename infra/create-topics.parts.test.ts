import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigResourceTypes } from 'kafkajs';
import { createKafka } from '../platform/kafka/kafka-client.ts';
import { silentLog } from '../platform/process/log.ts';
import { TOPICS } from '../schemas/topics.ts';
import { parts } from '../test/parts.ts';
import { createTopics, topicConfig, topicPlans } from './create-topics.ts';

const env = parts();
const brokers = env.KAFKA_BROKERS.split(',');
const create = () => createTopics({ brokers, registryUrl: env.SCHEMA_REGISTRY_URL, replication: 1 });
const admin = createKafka({ brokers, clientId: 'create-topics-test', log: silentLog }).admin();

beforeAll(() => admin.connect());
afterAll(() => admin.disconnect());

it('makes every topic and schema, and changes nothing when it runs again', async () => {
  await create();
  expect(await create()).toEqual({ created: [], schemas: TOPICS.length });
  expect(await admin.listTopics()).toEqual(expect.arrayContaining(topicPlans().map(({ name }) => name)));
  for (const { name } of TOPICS) {
    const response = await fetch(`${env.SCHEMA_REGISTRY_URL}/subjects/${name}-value/versions/latest`);
    expect(response.status).toBe(200);
    const config = await fetch(`${env.SCHEMA_REGISTRY_URL}/config/${name}-value`);
    expect(await config.json()).toEqual({ compatibilityLevel: 'BACKWARD_TRANSITIVE' });
  }
});

it('gives every topic its settings', async () => {
  await create();
  const plans = topicPlans();
  const resources = plans.map(({ name }) => ({ type: ConfigResourceTypes.TOPIC, name }));
  const described = await admin.describeConfigs({ includeSynonyms: false, resources });
  for (const plan of plans) {
    const resource = described.resources.find(({ resourceName }) => resourceName === plan.name);
    const actual = Object.fromEntries(
      resource?.configEntries.map((entry) => [entry.configName, entry.configValue]) ?? [],
    );
    expect(actual).toMatchObject(topicConfig(plan, 1));
  }
});

it('refuses a topic whose partition count was changed, and says what to do', async () => {
  await create();
  const [plan] = topicPlans();
  const name = `coalmine.count-${process.pid}-${Date.now().toString(36)}`;
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: name, numPartitions: 3 }] });
  const wanted = [{ ...plan, name, partitions: 4, cleanup: 'delete', retentionMs: 1_000 }];
  await expect(createTopics({ brokers, registryUrl: env.SCHEMA_REGISTRY_URL, replication: 1 }, wanted)).rejects.toThrow(
    `${name} has 3 partitions, not 4. Changing a count moves keys`,
  );
});
