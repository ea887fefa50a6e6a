import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';

/**
 * A fold's state after every record of one input partition before `offset`: state and offset in one record, so that they
 * can't part. The ids that a fold remembers are too many for that record, so they stand beside it: a record with a
 * `piece` holds some of them (`state` is base64, `offset` is 0), and states tell which pieces they need.
 */
export const Snapshot = z
  .object({
    group: z.string(),
    topic: z.string(),
    partition: Int.nonnegative(),
    foldVersion: Int.positive(),
    offset: Int.nonnegative(),
    state: z.string(),
    piece: z.object({ slot: Int.nonnegative(), number: Int.nonnegative() }).nullable(),
    sha256: z.string(),
    timeMs: EpochMs,
  })
  .meta({ id: 'Snapshot' });
export type Snapshot = z.infer<typeof Snapshot>;

/** Slots whose pieces have keys of their own: more than a state ever needs, so that no piece takes the place of one in use. */
const SLOT_KEYS = 20;

/** The records of one fold of one input partition stand in one partition, whatever the version of the fold. */
export const snapshotOwnerText = ({
  group,
  topic,
  partition,
}: Pick<Snapshot, 'group' | 'topic' | 'partition'>): string => `${group}|${topic}|${partition}`;

/** Keys come round again, so that compaction removes what is no longer needed and the topic stays bounded. */
export const snapshotKeyText = (snapshot: Snapshot): string => {
  const { piece, foldVersion } = snapshot;
  const owner = snapshotOwnerText(snapshot);
  return piece ? `${owner}|ids|${piece.slot % SLOT_KEYS}|${piece.number}` : `${owner}|${foldVersion}`;
};
