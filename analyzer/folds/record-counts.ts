import type { IgnoredReason } from '../rows/contribution.ts';

/** Why a record was not folded though it could be read. */
export type InvalidReason = 'neither_event_nor_tick' | 'no_sequence' | 'far_future' | 'invalid_value' | 'too_many_rows';

/** What became of every record of one partition since its first. Each consumed record is in exactly one of the others. */
export type RecordCounts = {
  consumed: number;
  folded: number;
  duplicates: number;
  late: number;
  ticks: number;
  invalid: { [reason in InvalidReason]?: number };
  ignored: { [reason in IgnoredReason]?: number };
  /** Numbers that a tick proved to be missing. Falls again when one turns up after all. */
  lost: number;
  /** Offsets that never came: records that can't be decoded, or that retention deleted. */
  skippedOffsets: number;
  /** Values in folded records that could not be summed; each is one of its row's errors. */
  invalidValues: number;
};

export type Outcome =
  | 'folded'
  | 'duplicates'
  | 'late'
  | 'ticks'
  | { invalid: InvalidReason }
  | { ignored: IgnoredReason };

export const noRecords = (): RecordCounts => ({
  consumed: 0,
  folded: 0,
  duplicates: 0,
  late: 0,
  ticks: 0,
  invalid: {},
  ignored: {},
  lost: 0,
  skippedOffsets: 0,
  invalidValues: 0,
});

export const countOutcome = (counts: RecordCounts, outcome: Outcome): void => {
  if (typeof outcome === 'string') counts[outcome] += 1;
  else if ('invalid' in outcome) counts.invalid[outcome.invalid] = (counts.invalid[outcome.invalid] ?? 0) + 1;
  else counts.ignored[outcome.ignored] = (counts.ignored[outcome.ignored] ?? 0) + 1;
};

const total = (byReason: { [reason: string]: number | undefined }): number =>
  Object.values(byReason).reduce((sum: number, n) => sum + (n ?? 0), 0);

/** The conservation law: consumed − (folded + duplicates + late + ticks + invalid + ignored). Anything but 0 is a defect. */
export const unaccounted = (c: RecordCounts): number =>
  c.consumed - c.folded - c.duplicates - c.late - c.ticks - total(c.invalid) - total(c.ignored);

const sortKeys = <V>(byReason: { [reason: string]: V }): { [reason: string]: V } =>
  Object.fromEntries(Object.entries(byReason).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The counts with their reasons in order, so that equal counts are equal text. */
export const packCounts = (counts: RecordCounts): RecordCounts => ({
  ...counts,
  invalid: sortKeys(counts.invalid),
  ignored: sortKeys(counts.ignored),
});
