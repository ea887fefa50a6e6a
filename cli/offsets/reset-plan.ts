import type { PartitionLag } from '../../platform/kafka/group-offsets.ts';
import { Duration } from '../../schemas/duration.ts';

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
