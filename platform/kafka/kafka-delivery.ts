import type { AssignedPartition, Subscription } from './bus.ts';
import type { Clock } from '../process/clock.ts';
import type { Codec } from './codec.ts';
import type { DeadLetter } from './dead-letter.ts';
import { decodeRecords, type RawRecord } from './decode-records.ts';
import type { KafkaEvents } from './kafka-events.ts';
import type { OutageLog } from '../process/outage-log.ts';
import { retryForever } from '../process/retry.ts';

export type DeliveryDeps = {
  codec: Codec;
  clock: Clock;
  events: KafkaEvents;
  outage: OutageLog;
  park(letter: DeadLetter): Promise<void>;
};

/**
 * Hands a batch of one partition to its subscriber: what can't be decoded goes to the dead letters first, then the rest to
 * the handler, each tried again until it succeeds. Rejects only when the signal aborts, and then nothing may count as done.
 */
export const handOver = async (
  handle: AssignedPartition,
  subscription: Subscription,
  raw: readonly RawRecord[],
  signal: AbortSignal,
  { codec, clock, events, outage, park }: DeliveryDeps,
): Promise<void> => {
  const { topic, partition } = handle;
  const insist = <T>(run: () => Promise<T>, onRetry: (error: unknown) => void): Promise<T> =>
    retryForever(run, { clock, signal, onRetry });
  const { records, undecodable } = await insist(() => decodeRecords(codec, subscription.topic, raw), outage.failed);
  for (const { record, reason } of undecodable) {
    await insist(() => park({ topic, partition, reason, ...record }), outage.failed);
    events.deadLettered(topic, partition, record.offset, reason);
  }
  outage.recovered();
  if (records.length === 0) return;
  signal.throwIfAborted();
  await insist(
    () => subscription.onRecords(handle, records),
    (error) => events.handlerFailed(topic, partition, error),
  );
  events.delivered(topic, records.length);
};
