import { type Bus, subscription } from '../../platform/kafka/bus.ts';
import type { ReadTopic } from '../../schemas/topics.ts';
import { type Checkout, loadCheckout, openBus } from './checkout.ts';

/** Topics as the stage reads them: the analyzer by its inputs' contracts, which may be narrower than the topics' own. */
const readBy = (stage: string, { topics, inputs }: Checkout): ReadTopic<unknown>[] => {
  const read = new Map<string, ReadTopic<unknown>>();
  for (const topic of topics.TOPICS) read.set(topic.name, topic);
  if (stage === 'analyzer')
    for (const { topic } of [inputs.EXCHANGE_INPUT, inputs.SHADOW_INPUT, inputs.SCORE_INPUT, inputs.FEEDBACK_INPUT])
      read.set(topic.name, topic);
  return [...read.values()];
};

/**
 * The floor of a stage: a consumer with the stage's client, topics and decoding that does nothing with what it reads but
 * commit it.
 */
export const runBareConsumer = async (options: {
  root: string;
  env: { KAFKA_BROKERS: string; SCHEMA_REGISTRY_URL: string };
  stage: string;
  group: string;
  topics: readonly string[];
}): Promise<void> => {
  const checkout = await loadCheckout(options.root);
  const bus: Bus = await openBus(checkout, options.env, 'bare');
  const wanted = readBy(options.stage, checkout).filter(({ name }) => options.topics.includes(name));
  const consumer = await bus.consume(
    options.group,
    wanted.map((topic) =>
      subscription(topic, {
        onRecords: async (partition, records) => {
          const last = records.at(-1);
          if (last !== undefined) void partition.commit(last.offset + 1);
        },
      }),
    ),
  );
  process.once('SIGTERM', () => void consumer.stop().then(() => process.exit(0)));
};
