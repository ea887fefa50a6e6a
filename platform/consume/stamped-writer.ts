import { type Stamped, STOPPED, type Tick } from '../../schemas/envelope.ts';
import type { Topic } from '../../schemas/topics.ts';
import type { Bus } from '../kafka/bus.ts';
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import { createOutageLog } from '../process/outage-log.ts';
import { retryForever } from '../process/retry.ts';
import type { TickPace } from './tick-pace.ts';
import { createPartitionWriter, type PartitionWriter } from './partition-writer.ts';

export type StampedWriter<E> = {
  /** Resolves when the event is in the topic. Rejects only if it does not fit its topic, or the writer was stopped first. */
  write(event: E, timeMs: number): Promise<void>;
  /** Events not yet in the topic. */
  queued(): number;
  /** By partition, the number of the last event in the topic. */
  sequences(): number[];
  /** Writes what is queued and a last tick; rejects what Kafka has not taken by the deadline. */
  stop(deadlineMs: number): Promise<void>;
};

/**
 * The only way that events get on the evaluation topics: numbers them per partition, appends in order and for ever, and
 * ticks every partition at its source's pace.
 *
 * `tick` is called for each tick; every event up to its `timeMs` must have been given to `write` by then. The tick stands
 * behind all of them. Resolves at once; events wait for Kafka. `sequences` resumes the numbers of an earlier run of the
 * same source. A source without them is never used again, and its last tick says so, so that nobody waits for it. V is the
 * topic's record type, whose envelope this fills in.
 */
export const createStampedWriter = async <E, V extends Stamped<E, Tick>>(options: {
  bus: Bus;
  topic: Topic<V>;
  source: string;
  clock: Clock;
  log: Log;
  pace: TickPace;
  tick: () => { timeMs: number; tick: Tick };
  sequences?: number[];
}): Promise<StampedWriter<E>> => {
  const { bus, topic, source, clock, log, pace, sequences = [] } = options;
  const farewell = options.sequences === undefined ? { [STOPPED]: 1 } : {};
  const outage = createOutageLog(log, clock, `appending to ${topic.name}`);
  const ticking = new AbortController();
  const givingUp = new AbortController();
  let writers: PartitionWriter<E>[] = [];
  let waitingForPartitions = 0;

  const makeWriters = async (): Promise<void> => {
    const count = await retryForever(() => bus.partitionCount(topic), {
      clock,
      signal: givingUp.signal,
      onRetry: (error) => outage.failed(error),
    });
    writers = Array.from({ length: count }, (_, partition) =>
      createPartitionWriter<E>({
        source,
        sequence: sequences[partition] ?? 0,
        append: (records) => bus.append(topic, partition, records as V[]),
        clock,
        log,
        outage,
        signal: givingUp.signal,
      }),
    );
  };
  const writersReady = makeWriters();
  writersReady.catch(() => {});

  const tickAll = async (more: Tick['counters'] = {}): Promise<void> => {
    const { timeMs, tick } = options.tick();
    await writersReady;
    const counters = { ...tick.counters, ...more };
    for (const writer of writers) writer.push({ tick: { ...tick, counters }, timeMs });
  };
  const tickLoop = async (): Promise<void> => {
    await writersReady;
    while (!ticking.signal.aborted) {
      await tickAll();
      await pace.untilDue(ticking.signal);
    }
  };
  const ticks = tickLoop().catch((error: unknown) => {
    if (!ticking.signal.aborted) log.error({ err: error }, `ticks on ${topic.name} stopped`);
  });

  const push = (event: E, timeMs: number): Promise<void> => {
    const key = topic.partitionKey({ source, sequence: 0, timeMs, event, tick: null } as Stamped<E, Tick> as V);
    if (key === undefined) return Promise.reject(new Error(`${topic.name} has no partition key for the event`));
    pace.wrote();
    return new Promise<void>((done, failed) => {
      writers[bus.partitionFor(key, writers.length)]?.push({ event, timeMs, done, failed });
    });
  };
  const pushOnceReady = async (event: E, timeMs: number): Promise<void> => {
    waitingForPartitions += 1;
    try {
      await writersReady;
    } finally {
      waitingForPartitions -= 1;
    }
    return push(event, timeMs);
  };

  return {
    write: (event, timeMs) => {
      if (ticking.signal.aborted) return Promise.reject(new Error(`the writer of ${topic.name} is stopped`));
      const isReady = writers.length > 0 && waitingForPartitions === 0;
      return isReady ? push(event, timeMs) : pushOnceReady(event, timeMs);
    },
    queued: () => waitingForPartitions + writers.reduce((sum, writer) => sum + writer.queued(), 0),
    sequences: () => (writers.length > 0 ? writers.map((writer) => writer.sequence()) : [...sequences]),
    stop: async (deadlineMs) => {
      ticking.abort();
      const deadline = new AbortController();
      const flush = async (): Promise<void> => {
        await ticks;
        await tickAll(farewell);
        await Promise.all(writers.map((writer) => writer.drained()));
      };
      const flushed = flush().catch(() => {});
      await Promise.race([flushed, clock.sleep(deadlineMs, deadline.signal)]);
      deadline.abort();
      givingUp.abort();
    },
  };
};
