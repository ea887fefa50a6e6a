import { hash } from 'node:crypto';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import type { Metric } from '../../schemas/metrics.ts';
import { binIndex } from '../../schemas/sketch.ts';
import { MAX_ITEMS, MAX_JUDGES, MICRO, noValues, type WindowStats } from '../../schemas/window.ts';
import type { Contribution, Observed } from '../rows/contribution.ts';
import { addMicro, squareMicro, toMicro } from './micro.ts';

type Item = WindowStats['items'][number];
/** A window's statistics while it is open: bins by index, items in order. */
export type OpenStats = Omit<WindowStats, 'bins'> & { bins: Map<number, number> };
/** A row under way, with what its metric says of how it is summed. */
export type OpenRow = Pick<Metric, 'family' | 'better' | 'pairMargin'> & { stats: OpenStats };

/** Whose value it is; `itemId` is asked for where a row keeps items. */
export type Whose = Pick<Contribution, 'kind' | 'subjectBucket'> & { itemId: () => string };

const ITEM_ID_LENGTH = 12;

export const emptyRow = ({ family, better, pairMargin }: Metric): OpenRow => ({
  family,
  better,
  pairMargin,
  stats: emptyStats(),
});

const emptyStats = (): OpenStats => ({ ...noValues(), bins: new Map() });

const noneByBucket = (): number[] => Array.from({ length: SUBJECT_BUCKETS }, () => 0);

/** The item's place in every sample: the first 12 hex digits of the SHA-256 of its exchange id. */
export const itemId = (exchangeId: string): string => hash('sha256', exchangeId, 'hex').slice(0, ITEM_ID_LENGTH);

const byId = (a: Item, b: Item): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.micro - b.micro);

/** Keeps the 64 smallest, in order: a sample that does not depend on the order in which the items came. */
const addItem = (items: Item[], item: Item): void => {
  const last = items.at(-1);
  if (items.length === MAX_ITEMS && last && byId(item, last) >= 0) return;
  let [from, to] = [0, items.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (byId(item, items[middle]!) < 0) to = middle;
    else from = middle + 1;
  }
  items.splice(from, 0, item);
  if (items.length > MAX_ITEMS) items.pop();
};

const addValue = (stats: OpenStats, micro: number, extremes: boolean): void => {
  stats.count += 1;
  stats.sumMicro = addMicro(stats.sumMicro, micro);
  stats.sumSqMicro = addMicro(stats.sumSqMicro, squareMicro(micro));
  if (!extremes) return;
  stats.minMicro = Math.min(stats.minMicro ?? micro, micro);
  stats.maxMicro = Math.max(stats.maxMicro ?? micro, micro);
};

const isBucket = (bucket: number): boolean => Number.isInteger(bucket) && bucket >= 0 && bucket < SUBJECT_BUCKETS;

/** True if the value can be summed: finite, a rate 0 or 1, rates and events with a bucket, a measure not below 0, a delta finite. */
export const isValid = (
  { family }: OpenRow,
  { subjectBucket: bucket }: Pick<Whose, 'subjectBucket'>,
  o: Observed,
): boolean => {
  if (o.status !== 'scored') return true;
  const { value, delta } = o;
  if (toMicro(value) === undefined || (delta !== null && !Number.isFinite(delta))) return false;
  if (family === 'measure') return value >= 0;
  if (family !== 'rate' && family !== 'event') return true;
  if (!isBucket(bucket)) return false;
  return family === 'event' || value === 0 || value === 1;
};

const addScored = (
  { stats, family, better, pairMargin }: OpenRow,
  { kind, subjectBucket, itemId: idOf }: Whose,
  { value, delta }: Extract<Observed, { status: 'scored' }>,
  whole: boolean,
): void => {
  const micro = toMicro(value)!;
  addValue(stats, micro, whole);
  if (family === 'rate' || family === 'event') {
    if (stats.buckets.length === 0) stats.buckets = noneByBucket();
    const isBad = better === 'higher' ? value === 0 : value === 1;
    if (family === 'event' || isBad) stats.buckets[subjectBucket]! += 1;
  }
  if (kind !== 'live') {
    const gain = better === 'higher' ? delta! : -delta!;
    if (gain < -pairMargin) stats.worse += 1;
    if (gain > pairMargin) stats.better += 1;
    return;
  }
  if (!whole) return;
  if (family === 'score') addItem(stats.items, { id: idOf(), micro });
  // An event's sums alone could not be capped; what is not above 0 (a refund) has no bin.
  if (family === 'measure' || (family === 'event' && value > 0)) {
    const index = binIndex(value);
    stats.bins.set(index, (stats.bins.get(index) ?? 0) + 1);
  }
};

/** The first of both in order of name: a set that does not depend on the order in which they came. */
const joined = (a: readonly string[], b: readonly string[]): string[] =>
  b.every((judge) => a.includes(judge)) ? [...a] : [...new Set([...a, ...b])].sort().slice(0, MAX_JUDGES);

/** Counts an answer that was looked at by whether the metric applies to it; of a pair, as it does to the shadow's. */
const addApplies = (
  stats: OpenStats,
  { kind, subjectBucket }: Whose,
  { status, notApplicableTo: to }: Observed,
): void => {
  const isOwn = status === 'scored' || to === 'live';
  if ((!isOwn && to === '') || !isBucket(subjectBucket)) return;
  const side = isOwn ? 'applied' : 'notApplied';
  if (stats[side].length === 0) stats[side] = noneByBucket();
  stats[side][subjectBucket]! += 1;
  if (kind === 'live') return;
  if (to === 'this') stats.lost += 1;
  if (to === 'live') stats.gained += 1;
};

/**
 * Adds what was observed of one answer. `whole` is false for a slice, which has counts and sums only. What is not valid (see
 * `isValid`), and a shadow without a live value to compare it with, is one of `errors`.
 */
export const addObserved = (row: OpenRow, whose: Whose, observed: Observed, valid: boolean, whole: boolean): void => {
  const { stats } = row;
  const { status, judge } = observed;
  if (whole && judge !== undefined) stats.judges = joined(stats.judges, [judge]);
  if (status === 'error' || !valid || (status === 'scored' && whose.kind !== 'live' && observed.delta === null)) {
    stats.errors += 1;
    return;
  }
  if (observed.notApplicableTo !== undefined) addApplies(stats, whose, observed);
  if (status === 'not_applicable') stats.notApplicable += 1;
  else addScored(row, whose, observed, whole);
};

/** Adds requests that the ingress finished: each is a value of 1, and what it dropped of them is in `errors`. */
export const addAccepted = (stats: OpenStats, accepted: number, dropped: number): void => {
  stats.count += accepted;
  stats.sumMicro = addMicro(stats.sumMicro, accepted * MICRO);
  stats.sumSqMicro = addMicro(stats.sumSqMicro, accepted * MICRO);
  if (accepted > 0) {
    stats.minMicro = MICRO;
    stats.maxMicro = MICRO;
  }
  stats.errors += dropped;
};

/** The statistics as they stand in a row: bins in order of index. */
export const closeStats = (stats: OpenStats): WindowStats => ({
  ...stats,
  bins: [...stats.bins].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count })),
});

export const reopenStats = (stats: WindowStats): OpenStats => ({
  ...stats,
  bins: new Map(stats.bins.map(({ index, count }) => [index, count])),
});

const pick = (choose: (...values: number[]) => number, a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : choose(a, b);

const bothBuckets = (a: readonly number[], b: readonly number[]): number[] =>
  (a.length >= b.length ? a : b).map((_, i) => (a[i] ?? 0) + (b[i] ?? 0));

/** The statistics of two disjoint sets of values together; commutative and associative. */
export const mergeStats = (a: WindowStats, b: WindowStats): WindowStats => {
  const bins = new Map<number, number>();
  for (const { index, count } of [...a.bins, ...b.bins]) bins.set(index, (bins.get(index) ?? 0) + count);
  return closeStats({
    count: a.count + b.count,
    sumMicro: addMicro(a.sumMicro, b.sumMicro),
    sumSqMicro: addMicro(a.sumSqMicro, b.sumSqMicro),
    minMicro: pick(Math.min, a.minMicro, b.minMicro),
    maxMicro: pick(Math.max, a.maxMicro, b.maxMicro),
    errors: a.errors + b.errors,
    notApplicable: a.notApplicable + b.notApplicable,
    worse: a.worse + b.worse,
    better: a.better + b.better,
    buckets: bothBuckets(a.buckets, b.buckets),
    items: [...a.items, ...b.items].sort(byId).slice(0, MAX_ITEMS),
    judges: joined(a.judges, b.judges),
    bins,
    applied: bothBuckets(a.applied, b.applied),
    notApplied: bothBuckets(a.notApplied, b.notApplied),
    lost: a.lost + b.lost,
    gained: a.gained + b.gained,
  });
};
