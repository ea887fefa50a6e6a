import { Duration } from '../../schemas/duration.ts';
import { type Group, GROUPS, GROUPS_BY_OFFSET } from '../../schemas/topics.ts';
import type { GroupOffsets, PartitionLag } from './group-offsets.ts';

/** Where a group is to read on: at a partition's first record or end, at an offset, or at the first record of a time. */
export type Target = { to: 'earliest' | 'latest' } | { offset: number } | { timeMs: number };

/** `earliest`, `latest`, an offset, a moment like 2026-01-31T12:00:00Z, or how long ago: 2h. Undefined for anything else. */
export const readTarget = (text: string, nowMs: number): Target | undefined => {
  if (text === 'earliest' || text === 'latest') return { to: text };
  if (/^\d+$/.test(text)) return { offset: Number(text) };
  const ago = Duration.safeDecode(text);
  if (ago.success) return { timeMs: nowMs - ago.data };
  const timeMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : { timeMs };
};

/** One partition's reset: how many records come again by it, and how many are passed over. */
export type Reset = Pick<PartitionLag, 'topic' | 'partition'> & {
  from: number | null;
  to: number;
  again: number;
  skipped: number;
};

/** `sought` is where the target is in that partition; it is brought within what the partition has. */
export const resetOf = ({ topic, partition, first, end, committed }: PartitionLag, sought: number): Reset => {
  const to = Math.min(end, Math.max(first, sought));
  const now = Math.max(first, committed ?? first);
  return { topic, partition, from: committed, to, again: Math.max(0, now - to), skipped: Math.max(0, to - now) };
};

/** Why a reset of a group's offsets would do nothing; null where it would do something. */
export const resetIsInVain = (group: Group): string | null => {
  if (GROUPS_BY_OFFSET.includes(group)) return null;
  const how =
    group === GROUPS.controller
      ? 'reads all windows anew whenever it starts'
      : 'goes by its snapshots (coalmine.snapshots)';
  return `${group} ${how}: its offsets only tell how far it is, and a reset of them has no effect`;
};

const soughtIn = async (
  offsets: Pick<GroupOffsets, 'offsetSince'>,
  { topic, partition, first, end }: PartitionLag,
  to: Target,
): Promise<number> => {
  if ('to' in to) return to.to === 'earliest' ? first : end;
  return 'offset' in to ? to.offset : offsets.offsetSince(topic, partition, to.timeMs);
};

export type ResetAsked = { topic?: string | undefined; partition?: number | undefined; to: Target };

/** What a reset would come to, partition by partition; `topic` with or without `coalmine.`. Empty where the group reads no such partition. */
export const planReset = async (
  offsets: Pick<GroupOffsets, 'lags' | 'offsetSince'>,
  group: Group,
  { topic, partition, to }: ResetAsked,
): Promise<Reset[]> => {
  const lags = (await offsets.lags()).filter(
    (lag) =>
      lag.group === group &&
      (topic === undefined || lag.topic === topic || lag.topic === `coalmine.${topic}`) &&
      (partition === undefined || lag.partition === partition),
  );
  return Promise.all(lags.map(async (lag) => resetOf(lag, await soughtIn(offsets, lag, to))));
};
