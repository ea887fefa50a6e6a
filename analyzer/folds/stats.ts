import { hash } from 'node:crypto';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { binIndex } from '../../schemas/sketch.ts';
import { MAX_ITEMS, MAX_JUDGES, MICRO, type WindowStats } from '../../schemas/window.ts';
import type { Contribution, Observed } from '../rows/contribution.ts';
import { addMicro, squareMicro, toMicro } from './micro.ts';

type Item = WindowStats['items'][number];
/** A window's statistics while it is open: bins by index, items in order. */
export type OpenStats = Omit<WindowStats, 'bins'> & { bins: Map<number, number> };

const ITEM_ID_LENGTH = 12;

export const emptyStats = (): OpenStats => ({
  count: 0,
  sumMicro: 0,
  sumSqMicro: 0,
  minMicro: null,
  maxMicro: null,
  errors: 0,
  notApplicable: 0,
  worse: 0,
  better: 0,
  buckets: [],
  items: [],
  judges: [],
  bins: new Map(),
});

/** The item's place in every sample: the first 12 hex digits of the SHA-256 of its exchange id. */
export const itemId = (exchangeId: string): string => hash('sha256', exchangeId, 'hex').slice(0, ITEM_ID_LENGTH);

const byId = (a: Item, b: Item): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.micro - b.micro);

/** Keeps the 64 smallest, in order: a sample that does not depend on the order in which the items came. */
const addItem = (items: Item[], item: Item): void => {
  const last = items.at(-1);
  if (items.length === MAX_ITEMS && last && byId(item, last) >= 0) return;
  const at = items.findIndex((other) => byId(item, other) < 0);
  items.splice(at < 0 ? items.length : at, 0, item);
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

/** True if the value can be summed: finite, a rate 0 or 1, rates and events with a bucket, a measure not below 0, a delta finite. */
export const isValid = (c: Contribution): boolean => {
  if (c.observed.status !== 'scored') return true;
  const { value, delta } = c.observed;
  if (toMicro(value) === undefined || (delta !== null && !Number.isFinite(delta))) return false;
  const { family } = metricOrRubric(c.metric);
  if (family === 'measure') return value >= 0;
  if (family !== 'rate' && family !== 'event') return true;
  const { subjectBucket: bucket } = c;
  if (!Number.isInteger(bucket) || bucket < 0 || bucket >= SUBJECT_BUCKETS) return false;
  return family === 'event' || value === 0 || value === 1;
};

const addScored = (
  stats: OpenStats,
  c: Contribution,
  observed: Extract<Observed, { status: 'scored' }>,
  whole: boolean,
): void => {
  const { family, better } = metricOrRubric(c.metric);
  const micro = toMicro(observed.value)!;
  addValue(stats, micro, whole);
  if (family === 'rate' || family === 'event') {
    if (stats.buckets.length === 0) stats.buckets = Array.from({ length: SUBJECT_BUCKETS }, () => 0);
    const isBad = better === 'higher' ? observed.value === 0 : observed.value === 1;
    if (family === 'event' || isBad) stats.buckets[c.subjectBucket]! += 1;
  }
  if (c.kind !== 'live') {
    const gain = better === 'higher' ? observed.delta! : -observed.delta!;
    if (gain < 0) stats.worse += 1;
    if (gain > 0) stats.better += 1;
    return;
  }
  if (!whole) return;
  if (family === 'score') addItem(stats.items, { id: itemId(c.exchangeId), micro });
  // An event's sums alone could not be capped; what is not above 0 (a refund) has no bin.
  if (family === 'measure' || (family === 'event' && observed.value > 0)) {
    const index = binIndex(observed.value);
    stats.bins.set(index, (stats.bins.get(index) ?? 0) + 1);
  }
};

/** The first of both in order of name: a set that does not depend on the order in which they came. */
const joined = (a: readonly string[], b: readonly string[]): string[] =>
  b.every((judge) => a.includes(judge)) ? [...a] : [...new Set([...a, ...b])].sort().slice(0, MAX_JUDGES);

/**
 * Adds one contribution. `whole` is false for a slice, which has counts and sums only. What can't be summed, and a shadow
 * without a live value to compare it with, is one of `errors`.
 */
export const addContribution = (stats: OpenStats, c: Contribution, whole: boolean): void => {
  const { observed, judge } = c;
  if (whole && judge !== undefined) stats.judges = joined(stats.judges, [judge]);
  if (observed.status === 'not_applicable') stats.notApplicable += 1;
  else if (observed.status === 'error' || !isValid(c)) stats.errors += 1;
  else if (c.kind !== 'live' && observed.delta === null) stats.errors += 1;
  else addScored(stats, c, observed, whole);
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

/** The statistics of two disjoint sets of values together; commutative and associative. */
export const mergeStats = (a: WindowStats, b: WindowStats): WindowStats => {
  const bins = new Map<number, number>();
  for (const { index, count } of [...a.bins, ...b.bins]) bins.set(index, (bins.get(index) ?? 0) + count);
  const longer = a.buckets.length >= b.buckets.length ? a.buckets : b.buckets;
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
    buckets: longer.map((_, i) => (a.buckets[i] ?? 0) + (b.buckets[i] ?? 0)),
    items: [...a.items, ...b.items].sort(byId).slice(0, MAX_ITEMS),
    judges: joined(a.judges, b.judges),
    bins,
  });
};
