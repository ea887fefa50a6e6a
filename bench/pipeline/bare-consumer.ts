import { type Bus, subscription } from '../../platform/kafka/bus.ts';
import type { TOPICS, Topic } from '../../schemas/topics.ts';
import { loadCheckout, openBus } from './checkout.ts';

/**
 * The floor of a stage: a consumer with the stage's client, topics and decoding that does nothing with what it reads but
 * commit it. It decodes by the topics' own contracts, whatever a stage may leave out.
 */
export const runBareConsumer = async (options: {
  root: string;
  env: { KAFKA_BROKERS: string; SCHEMA_REGISTRY_URL: string };
  group: string;
  topics: readonly string[];
}): Promise<void> => {
  const checkout = await loadCheckout(options.root);
  const bus: Bus = await openBus(checkout, options.env, 'bare');
  const known: readonly { name: string }[] = checkout.topics.TOPICS satisfies typeof TOPICS;
  const wanted = known.filter(({ name }) => options.topics.includes(name)) as Topic<unknown>[];
  const consumer = await bus.consume(
    options.group,
    wanted.map((topic) =>
      subscription(topic, {
        onRecords: async (partition, records) => {
          const last = records.at(-1);
          if (last !== undefined) await partition.commit(last.offset + 1);
        },
      }),
    ),
  );
  process.once('SIGTERM', () => void consumer.stop().then(() => process.exit(0)));
};
