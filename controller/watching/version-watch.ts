import { type Metric, metricOrRubric } from '../../schemas/metrics.ts';
import type { Regression } from '../../schemas/regression.ts';
import { windowKeyText, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { addSums, type Sum } from '../rules/formulas/bernstein.ts';
import { divisor } from '../rules/formulas/dispersion.ts';
import { beyondOf, type Counting, type FirstValues, NO_VALUES, type ServiceReading } from '../rules/service-reading.ts';
import { addBuckets } from '../rules/subject-buckets.ts';
import { ruleOf, whyUnjudged } from '../rules/table.ts';
import type { WindowStep } from '../evidence/window-queue.ts';
import { liveTopic } from '../rollout/metric-plan.ts';
import {
  type Detector,
  evidenceOf,
  LOG_THRESHOLD,
  newDetector,
  resetDetector,
  sidesSince,
  SLOT_MS,
  stepDetector,
} from './change-detector.ts';
import { NO_RETURN, type Return, RETURN_LOG_THRESHOLD, stepReturn } from './return-test.ts';
import { addToLast, newHistory, NO_SUM } from './slot-history.ts';

/** Metrics watched of a version, in the order in which they are seen, and slices of each; more are not watched. Each has its share of α from the start. */
export const MAX_METRICS = 32;
export const MAX_SLICES = 16;
const LOG_SHARE = { whole: Math.log(1 / (2 * MAX_METRICS)), slice: Math.log(1 / (2 * MAX_METRICS * MAX_SLICES)) };

/** What the windows of a version in service came to: it turned worse, or is as before again. */
export type Finding = {
  kind: 'regression' | 'recovery';
  fact: Regression;
  logE: number;
  logThreshold: number;
  /** The end of the slot that proved it. */
  atMs: number;
};

/** What the decision log says of a version: what is open, and up to where each metric was judged. */
export type Known = {
  open: readonly { fact: Regression; atMs: number }[];
  judgedThroughMs: (metric: string) => number;
};

/**
 * Of one slice. Values of slots that are not closed yet wait in `pending`, those from rollouts in `inRollout`; buckets of the last hours tell how
 * clumped bad events are.
 */
type CellWatch = {
  detector: Detector;
  pending: Map<number, Sum>;
  inRollout: Map<number, Sum>;
  buckets: { slot: number; older: readonly number[]; newer: readonly number[] };
};

type MetricWatch = {
  metric: Metric;
  reading: ServiceReading;
  hasSlices: boolean;
  first: FirstValues;
  counting: Counting | null;
  cells: Map<string, CellWatch>;
  judges: readonly string[];
  /** The next slot to be compared; null before any value that counts. */
  nextSlot: number | null;
  back: { key: string; test: Return } | null;
};

/** One version in service. Changed in place by the one loop that reads its windows; the same rows give the same findings. */
export type VersionWatch = { version: string; closedThroughMs: Map<string, number>; metrics: Map<string, MetricWatch> };

export const newVersionWatch = (version: string): VersionWatch => ({
  version,
  closedThroughMs: new Map(),
  metrics: new Map(),
});

/**
 * Folds one step of the log: the version's live rows, slot by slot. Those from rollouts are only what later ones are compared with. Rows of
 * windows folded before count for nothing.
 * `slices`: those that are watched, as rows name them.
 */
export const foldWatch = (
  watch: VersionWatch,
  { rows, topic, closedThroughMs }: WindowStep,
  slices: readonly string[],
  known: Known,
): Finding[] => {
  const isNew = (row: WindowRow): boolean =>
    row.kind === 'live' &&
    row.version === watch.version &&
    row.sourceTopic === liveTopic(row.metric) &&
    row.startMs >= (watch.closedThroughMs.get(row.sourceTopic) ?? 0) &&
    (row.slice === ALL || slices.includes(row.slice));
  const fresh = [...new Map(rows.filter(isNew).map((row) => [windowKeyText(row), row])).values()];
  const inOrder = fresh.toSorted((a, b) => a.startMs - b.startMs || Number(b.slice === ALL) - Number(a.slice === ALL));
  for (const row of inOrder) takeRow(watch, row);
  const close = (of: string, endMs: number): void =>
    void watch.closedThroughMs.set(of, Math.max(endMs, watch.closedThroughMs.get(of) ?? 0));
  for (const row of fresh) close(row.sourceTopic, row.endMs);
  close(topic, closedThroughMs);
  return [...watch.metrics].flatMap(([name, one]) =>
    closeSlots({ version: watch.version, name, one }, watch.closedThroughMs.get(liveTopic(name)) ?? 0, known),
  );
};

const takeRow = (watch: VersionWatch, row: WindowRow): void => {
  const one = watch.metrics.get(row.metric) ?? begun(watch, row.metric);
  if (one === null) return;
  if (isOtherJudge(one, row.judges)) Object.assign(one, noValues(one));
  one.judges = [...new Set([...one.judges, ...row.judges])];
  if (one.counting !== null) return takeValues(one, row, one.counting);
  if (row.slice !== ALL) return;
  one.first = one.reading.addFirst(one.first, row, one.metric);
  one.counting = one.reading.counting(one.first, one.metric);
};

const takeValues = (one: MetricWatch, row: WindowRow, counting: Counting): void => {
  const slot = Math.floor(row.startMs / SLOT_MS);
  one.nextSlot ??= slot;
  if (slot < one.nextSlot || (row.slice !== ALL && !one.hasSlices)) return;
  const cell = one.cells.get(row.slice) ?? newCell(one.nextSlot);
  one.cells.set(row.slice, cell);
  const values = row.rollout === '' ? cell.pending : cell.inRollout;
  values.set(slot, addSums(values.get(slot) ?? NO_SUM, one.reading.sum(row, one.metric, counting)));
  cell.buckets = addRecent(cell.buckets, slot, row.buckets);
};

/** Scores of another model or another wording are not comparable with those before. */
const isOtherJudge = ({ judges }: MetricWatch, given: readonly string[]): boolean =>
  judges.length > 0 && given.some((judge) => !judges.includes(judge));

/** What judging takes changes with the judge, not with the version. */
const JUDGES_OWN = 'judge_cost';

/** Null for what is not watched: counts, events, how the judge keeps up and what it takes, and what there is no room for. */
const begun = (watch: VersionWatch, name: string): MetricWatch | null => {
  const metric = metricOrRubric(name);
  const rule = whyUnjudged(metric) === null && name !== JUDGES_OWN ? ruleOf(metric) : null;
  if (rule?.inService === undefined || watch.metrics.size >= MAX_METRICS) return null;
  const { inService: reading, hasSlices } = rule;
  const one = { metric, reading, hasSlices, judges: [], ...noValues({ metric, reading }) };
  watch.metrics.set(name, one);
  return one;
};

const noValues = ({ metric, reading }: Pick<MetricWatch, 'metric' | 'reading'>) => ({
  first: NO_VALUES,
  counting: reading.counting(NO_VALUES, metric),
  cells: new Map<string, CellWatch>(),
  nextSlot: null,
  back: null,
});

const newCell = (slot: number): CellWatch => ({
  detector: newDetector(newHistory(slot)),
  pending: new Map(),
  inRollout: new Map(),
  buckets: { slot, older: [], newer: [] },
});

/** So many slots' bad events tell how they clump: between one and two times as many are looked at. */
const BUCKET_SLOTS = 24;

const addRecent = (
  { slot, older, newer }: CellWatch['buckets'],
  at: number,
  buckets: readonly number[],
): CellWatch['buckets'] =>
  at >= slot + BUCKET_SLOTS
    ? { slot: at, older: newer, newer: addBuckets([], buckets) }
    : { slot, older, newer: addBuckets(newer, buckets) };

/** Compares every slot that is closed by now. */
type Watched = { version: string; name: string; one: MetricWatch };

const closeSlots = (watched: Watched, closedThroughMs: number, known: Known): Finding[] => {
  const { one } = watched;
  const findings: Finding[] = [];
  while (one.nextSlot !== null && (one.nextSlot + 1) * SLOT_MS <= closedThroughMs) {
    const found = closeSlot(watched, one.nextSlot, known);
    if (found !== null) findings.push(found);
    one.nextSlot += 1;
  }
  return findings;
};

const closeSlot = (watched: Watched, slot: number, known: Known): Finding | null => {
  const { name, one } = watched;
  const { counting } = one;
  if (counting === null) return null;
  const atMs = (slot + 1) * SLOT_MS;
  const values = new Map([...one.cells].map(([slice, { pending }]) => [slice, pending.get(slot) ?? NO_SUM]));
  for (const [slice, { detector, pending, inRollout, buckets }] of one.cells) {
    const phi = divisor(addBuckets(buckets.older, buckets.newer));
    stepDetector(detector, slot, values.get(slice) ?? NO_SUM, counting.scale, phi);
    addToLast(detector.history, inRollout.get(slot) ?? NO_SUM);
    pending.delete(slot);
    inRollout.delete(slot);
  }
  const open = known.open.find(({ fact, atMs: provenMs }) => fact.metric === name && provenMs <= atMs);
  if (open !== undefined) {
    for (const { detector } of one.cells.values()) resetDetector(detector);
    return open.atMs <= slot * SLOT_MS ? lookBack(one, open.fact, values.get(open.fact.slice) ?? NO_SUM, atMs) : null;
  }
  one.back = null;
  const found = strongest(one, counting);
  if (found === null || found.logE < LOG_THRESHOLD) return null;
  const fact = factOf(watched, counting, { ...found, slot });
  for (const { detector } of one.cells.values()) resetDetector(detector);
  if (atMs <= known.judgedThroughMs(name)) return null;
  return { kind: 'regression', fact, logE: found.logE, logThreshold: LOG_THRESHOLD, atMs };
};

const shownMean = ({ n, s1 }: Sum, isTurned: boolean): number => {
  const mean = n === 0 ? 0 : s1 / n;
  return isTurned ? 1 - mean : mean;
};

type Strongest = { slice: string; detector: Detector; logE: number; start: number };

/** Of the whole and all slices the one with the most evidence, its share of α taken off. */
const strongest = ({ cells }: MetricWatch, { scale }: Counting): Strongest | null => {
  const all = [...cells].map(([slice, { detector }]): Strongest => {
    const { logE, start } = evidenceOf(detector, scale);
    return { slice, detector, start, logE: logE + (slice === ALL ? LOG_SHARE.whole : LOG_SHARE.slice) };
  });
  return all.reduce<Strongest | null>((best, one) => (best === null || one.logE > best.logE ? one : best), null);
};

const factOf = (
  { version, name, one: { metric, reading, judges } }: Watched,
  counting: Counting,
  { slice, detector, start, slot }: Strongest & { slot: number },
): Regression => {
  const { before, after } = sidesSince(detector, start, slot);
  return {
    version,
    metric: name,
    slice,
    sinceMs: start * SLOT_MS,
    before: shownMean(before, reading.isTurned(metric)),
    after: shownMean(after, reading.isTurned(metric)),
    beforeCount: before.n,
    count: after.n,
    beyond: beyondOf(metric, counting),
    against: detector.cycle,
    judges: [...judges],
  };
};

/** Of a metric with an open regression: whether it is as before again. */
const lookBack = (one: MetricWatch, fact: Regression, now: Sum, atMs: number): Finding | null => {
  const { counting } = one;
  if (counting === null) return null;
  const isTurned = one.reading.isTurned(one.metric);
  const key = `${fact.slice}|${fact.sinceMs}`;
  const before = one.back?.key === key ? one.back.test : NO_RETURN;
  const test = stepReturn(before, now, isTurned ? 1 - fact.before : fact.before, counting.scale);
  one.back = { key, test };
  if (test.logE < RETURN_LOG_THRESHOLD) return null;
  one.back = null;
  return {
    kind: 'recovery',
    fact: { ...fact, after: shownMean(test.since, isTurned), count: test.since.n },
    logE: test.logE,
    logThreshold: RETURN_LOG_THRESHOLD,
    atMs,
  };
};
