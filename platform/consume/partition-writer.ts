import type { Stamped, Tick } from '../../schemas/envelope.ts';
import { RefusedRecordError } from '../kafka/bus.ts';
import type { Clock } from '../process/clock.ts';
import type { Log } from '../process/log.ts';
import type { OutageLog } from '../process/outage-log.ts';
import { retryForever } from '../process/retry.ts';

const MAX_BATCH = 500;

type EventItem<E> = { event: E; timeMs: number; done: () => void; failed: (error: unknown) => void };
type TickItem = { tick: Tick; timeMs: number };
type Item<E> = EventItem<E> | TickItem;

const isEvent = <E>(item: Item<E>): item is EventItem<E> => 'event' in item;

/** What writes one source's events and ticks to one partition. */
export type PartitionWriter<E> = {
  push(item: Item<E>): void;
  /** The number of the last event in the topic. */
  sequence(): number;
  /** Resolves when nothing waits to be written. */
  drained(): Promise<void>;
  /** Events not yet in the topic. */
  queued(): number;
};

type Options<E> = {
  source: string;
  sequence: number;
  append: (records: Stamped<E, Tick>[]) => Promise<void>;
  clock: Clock;
  log: Log;
  outage: OutageLog;
  signal: AbortSignal;
};

/** Sequences follow `last`; a tick repeats that of the event before it. No time is later than `nowMs`. */
const stampAll = <E>(source: string, last: number, items: readonly Item<E>[], nowMs: number): Stamped<E, Tick>[] => {
  let sequence = last;
  return items.map((item) => {
    if (isEvent(item)) sequence += 1;
    const event = isEvent(item) ? item.event : null;
    const timeMs = Math.min(item.timeMs, nowMs);
    return { source, sequence, timeMs, event, tick: isEvent(item) ? null : item.tick };
  });
};

/**
 * Numbers what is pushed and appends it in order, one batch at a time, for ever. A batch keeps its numbers over all its
 * retries. Nothing bears a time that is still to come: neither an event nor a tick of a clock that was set back. A tick that follows one that still waits takes its place. Once the signal aborts, events that are not in the
 * topic fail.
 */
export const createPartitionWriter = <E>({
  source,
  append,
  clock,
  log,
  outage,
  signal,
  ...start
}: Options<E>): PartitionWriter<E> => {
  let sequence = start.sequence;
  let waiting: Item<E>[] = [];
  let inFlight: Item<E>[] = [];
  let running: Promise<void> | undefined;

  const appendBatch = async (): Promise<void> => {
    // Anew each time: what a clock that had leapt said is put right once the clock is.
    await retryForever(() => append(stampAll(source, sequence, inFlight, clock.nowMs())), {
      clock,
      signal,
      maxMs: 2_000,
      isRetriable: (error) => !(error instanceof RefusedRecordError),
      onRetry: (error) => outage.failed(error),
    });
    outage.recovered();
    sequence += inFlight.filter(isEvent).length;
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
