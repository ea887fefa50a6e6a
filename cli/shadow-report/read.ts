import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../../platform/bus.ts';
import type { Stamped, Tick } from '../../schemas/envelope.ts';
import { SCORES, SHADOWS, type Topic } from '../../schemas/topics.ts';
import type { createAggregate, Report } from './aggregate.ts';

const ANSWER_WITHIN_MS = 10_000;
const PROGRESS_EVERY = 5_000;

export type Progress = (line: string) => void;

const partitionsOf = async (bus: Bus, topic: { name: string }): Promise<number> => {
  const count = await Promise.race([bus.partitionCount(topic), sleep(ANSWER_WITHIN_MS, null, { ref: false })]);
  if (count !== null) return count;
  throw new Error(
    `Kafka (KAFKA_BROKERS) did not tell of the topic ${topic.name} within ${ANSWER_WITHIN_MS / 1000} s; is it running?`,
  );
};

const readAll = async <E>(
  bus: Bus,
  topic: Topic<Stamped<E, Tick>>,
  progress: Progress,
  onEvent: (event: E) => void,
): Promise<void> => {
  const partitions = await partitionsOf(bus, topic);
  let events = 0;
  for (let partition = 0; partition < partitions; partition += 1) {
    progress(`${topic.name}: partition ${partition + 1} of ${partitions}`);
    await bus.readToEnd(topic, partition, 0, ({ value }) => {
      if (value.event === null) return;
      events += 1;
      if (events % PROGRESS_EVERY === 0) progress(`${topic.name}: ${events} events`);
      onEvent(value.event);
    });
  }
};

/** Reads both topics from their first records to the ends they have now, scores first. */
export const readReport = async (
  bus: Bus,
  aggregate: ReturnType<typeof createAggregate>,
  progress: Progress,
): Promise<Report | null> => {
  await readAll(bus, SCORES, progress, aggregate.addScore);
  await readAll(bus, SHADOWS, progress, aggregate.addShadow);
  return aggregate.report();
};
