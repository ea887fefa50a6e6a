import { SNAPSHOTS } from '../../schemas/topics.ts';

const MIB = 1024 * 1024;

/** The largest batch of a topic: its `max.message.bytes`. Snapshots hold a whole fold's state, and dead letters may come from any topic. */
export const maxBatchBytes = (topicName: string): number =>
  (topicName === SNAPSHOTS.name || topicName.endsWith('.dlq') ? 16 : 1) * MIB;

/** Runs that have so many bytes each at most; what is larger is alone in its own. */
export const batchesOf = <S extends { sizeBytes: number }>(sized: readonly S[], maxBytes: number): S[][] => {
  const batches: S[][] = [];
  let sizeBytes = Number.POSITIVE_INFINITY;
  for (const one of sized) {
    if (sizeBytes + one.sizeBytes > maxBytes) {
      batches.push([]);
      sizeBytes = 0;
    }
    batches.at(-1)?.push(one);
    sizeBytes += one.sizeBytes;
  }
  return batches;
};
