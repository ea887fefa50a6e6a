import { type Stamped, STOPPED, type Tick } from '../../schemas/envelope.ts';
import type { Topic } from '../../schemas/topics.ts';
import { type Bus, RefusedRecordError } from '../kafka/bus.ts';
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import { createOutageLog, type OutageLog } from '../process/outage-log.ts';
import { retryForever } from '../process/retry.ts';

const TICK_EVERY_MS = 1_000;
const MAX_BATCH = 500;

type EventItem<E> = { event: E; timeMs: number; done: () => void; failed: (error: unknown) => void };
type TickItem = { tick: Tick; timeMs: number };
type Item<E> = EventItem<E> | TickItem;

const isEvent = <E>(item: Item<E>): item is EventItem<E> => 'event' in item;

type Lane<E> = { push(item: Item<E>): void; sequence(): number; drained(): Promise<void>; queued(): number };

type LaneOptions<E> = {
  source: string;
  sequence: number;
  append: (records: Stamped<E, Tick>[]) => Promise<void>;
  clock: Clock;
  log: Log;
  outage: OutageLog;
  signal: AbortSignal;
};

/** Sequences follow `last`; a tick repeats that of the event before it. */
const stampAll = <E>(source: string, last: number, items: readonly Item<E>[]): Stamped<E, Tick>[] => {
  let sequence = last;
  return items.map((item) => {
    if (isEvent(item)) sequence += 1;
    const event = isEvent(item) ? item.event : null;
    return { source, sequence, timeMs: item.timeMs, event, tick: isEvent(item) ? null : item.tick };
  });
};

/** One partition's queue, with one append in flight. A batch keeps its numbers over all its retries. */
const createLane = <E>({ source, append, clock, log, outage, signal, ...start }: LaneOptions<E>): Lane<E> => {
  let sequence = start.sequence;
  let waiting: Item<E>[] = [];
  let inFlight: Item<E>[] = [];
  let running: Promise<void> | undefined;

  const appendBatch = async (): Promise<void> => {
    const records = stampAll(source, sequence, inFlight);
    await retryForever(() => append(records), {
      clock,
      signal,
      maxMs: 2_000,
      isRetriable: (error) => !(error instanceof RefusedRecordError),
      onRetry: (error) => outage.failed(error),
    });
    outage.recovered();
    sequence = records.at(-1)?.sequence ?? sequence;
    for (const item of inFlight) if (isEvent(item)) item.done();
    inFlight = [];
  };

  const refuse = (error: RefusedRecordError): void => {
    const [item] = inFlight.splice(error.index, 1);
    log.error({ err: error }, 'a record does not fit its topic and was left out');
    if (item && isEvent(item)) item.failed(error);
  };

  const giveUp = (): void => {
    const error = new Error('the writer was stopped before Kafka took it');
    for (const item of [...inFlight, ...waiting]) if (isEvent(item)) item.failed(error);
    inFlight = [];
    waiting = [];
  };
  signal.addEventListener('abort', giveUp, { once: true });

  const run = async (): Promise<void> => {
    while (inFlight.length + waiting.length > 0) {
      if (inFlight.length === 0) inFlight = waiting.splice(0, MAX_BATCH);
      try {
        await appendBatch();
      } catch (error) {
        if (error instanceof RefusedRecordError) refuse(error);
        else giveUp();
      }
    }
    running = undefined;
  };

  return {
    push: (item) => {
      const last = waiting.at(-1);
      if (last && !isEvent(last) && !isEvent(item)) waiting[waiting.length - 1] = item;
      else waiting.push(item);
      running ??= Promise.resolve().then(run);
    },
    sequence: () => sequence,
    drained: async () => running,
    queued: () => [...inFlight, ...waiting].filter(isEvent).length,
  };
};

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
 * ticks every partition once a second.
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
  tick: () => { timeMs: number; tick: Tick };
  tickEveryMs?: number;
  sequences?: number[];
}): Promise<StampedWriter<E>> => {
  const { bus, topic, source, clock, log, tickEveryMs = TICK_EVERY_MS, sequences = [] } = options;
  const farewell = options.sequences === undefined ? { [STOPPED]: 1 } : {};
  const outage = createOutageLog(log, clock, `appending to ${topic.name}`);
  const ticking = new AbortController();
  const giving = new AbortController();
  let lanes: Lane<E>[] = [];
  let waitingForLanes = 0;

  const makeLanes = async (): Promise<void> => {
    const count = await retryForever(() => bus.partitionCount(topic), {
      clock,
      signal: giving.signal,
      onRetry: (error) => outage.failed(error),
    });
    lanes = Array.from({ length: count }, (_, partition) =>
      createLane<E>({
        source,
        sequence: sequences[partition] ?? 0,
        append: (records) => bus.append(topic, partition, records as V[]),
        clock,
        log,
        outage,
        signal: giving.signal,
      }),
    );
  };
  const lanesReady = makeLanes();
  lanesReady.catch(() => {});

  const tickAll = async (more: Tick['counters'] = {}): Promise<void> => {
    const { timeMs, tick } = options.tick();
    await lanesReady;
    const counters = { ...tick.counters, ...more };
    for (const lane of lanes) lane.push({ tick: { ...tick, counters }, timeMs });
  };
  const tickLoop = async (): Promise<void> => {
    await lanesReady;
    while (!ticking.signal.aborted) {
      await tickAll();
      await clock.sleep(tickEveryMs, ticking.signal);
    }
  };
  const ticks = tickLoop().catch((error: unknown) => {
    if (!ticking.signal.aborted) log.error({ err: error }, `ticks on ${topic.name} stopped`);
  });

  return {
    write: async (event, timeMs) => {
      if (ticking.signal.aborted) throw new Error(`the writer of ${topic.name} is stopped`);
      waitingForLanes += 1;
      try {
        await lanesReady;
      } finally {
        waitingForLanes -= 1;
      }
      const key = topic.partitionKey({ source, sequence: 0, timeMs, event, tick: null } as Stamped<E, Tick> as V);
      if (key === undefined) throw new Error(`${topic.name} has no partition key for the event`);
      await new Promise<void>((done, failed) => {
        lanes[bus.partitionFor(key, lanes.length)]?.push({ event, timeMs, done, failed });
      });
    },
    queued: () => waitingForLanes + lanes.reduce((sum, lane) => sum + lane.queued(), 0),
    sequences: () => (lanes.length > 0 ? lanes.map((lane) => lane.sequence()) : [...sequences]),
    stop: async (deadlineMs) => {
      ticking.abort();
      const deadline = new AbortController();
      const flush = async (): Promise<void> => {
        await ticks;
        await tickAll(farewell);
        await Promise.all(lanes.map((lane) => lane.drained()));
      };
      const flushed = flush().catch(() => {});
      await Promise.race([flushed, clock.sleep(deadlineMs, deadline.signal)]);
      deadline.abort();
      giving.abort();
    },
  };
};
