import type { Bus } from '../../platform/kafka/bus.ts';
import type { Stamped, Tick } from '../../schemas/envelope.ts';
import { SCORES, SHADOWS, type Topic } from '../../schemas/topics.ts';
import { partitionsOf } from '../topics.ts';
import type { createAggregate, Report } from './aggregate.ts';

const PROGRESS_EVERY = 5_000;

export type Progress = (line: string) => void;

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
  await readAll(bus, SCORES, progress, aggregate.addSheet);
  await readAll(bus, SHADOWS, progress, aggregate.addShadow);
  return aggregate.report();
};
