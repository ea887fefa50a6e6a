import { binUpperEdge } from '../../schemas/sketch.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import type { MetricPlan } from './metric-plan.ts';
import * as boundedScore from './rules/bounded-score.ts';
import { dispersion } from './rules/dispersion.ts';
import { exceedances } from './rules/exceedance.ts';
import * as rateRatio from './rules/rate-ratio.ts';
import { add, NOTHING, type Shown } from './shown.ts';

/** Bad events by subject bucket, cumulative over the rollout. */
type Buckets = { candidate: readonly number[]; stable: readonly number[] };
type Rate = { rule: 'rate'; state: rateRatio.RateState; buckets: Buckets };
type Exceedance = { rule: 'exceedance'; state: rateRatio.RateState; thresholdSeconds: number | null };
type Score = { rule: 'score'; state: boundedScore.ScoreState };

/** The evidence of one metric in one slice: an e-process and what was seen. Plain data. */
export type Cell = (Rate | Exceedance | Score) & { candidate: Shown; stable: Shown; keys: readonly string[] };

/** The rows of one stratum: one window under one routing sequence. */
export type Pair = { candidate: WindowRow | undefined; stable: WindowRow | undefined };

/** So many of a cell's latest window keys are kept for the decision that it may cause. */
export const MAX_KEYS = 200;

/** The sketch's growth: ratio of adjacent bucket edges. */
const GROWTH = binUpperEdge(1) / binUpperEdge(0);

export const newCell = (plan: MetricPlan): Cell => {
  const shown = { candidate: NOTHING, stable: NOTHING, keys: [] };
  switch (plan.metric.family) {
    case 'score':
      return { rule: 'score', state: boundedScore.initialState(), ...shown };
    case 'measure':
      return { rule: 'exceedance', state: rateRatio.initialState(), thresholdSeconds: null, ...shown };
    default:
      return { rule: 'rate', state: rateRatio.initialState(), buckets: { candidate: [], stable: [] }, ...shown };
  }
};

export const cellLogE = (cell: Cell): number =>
  cell.rule === 'score' ? boundedScore.logE(cell.state) : rateRatio.logE(cell.state);

/**
 * The cell after one window's strata, in order of routing sequence. Rule 2's threshold comes from the windows before this
 * one, so that it is known before the window is looked at; rule 8's φ includes it (docs/decisions/0005).
 * Throws RangeError for rows whose sums can't be (see the rules).
 */
export const stepCell = (cell: Cell, plan: MetricPlan, pairs: readonly Pair[], keys: readonly string[]): Cell => {
  const candidate = pairs.reduce((shown, pair) => add(shown, pair.candidate), cell.candidate);
  const stable = pairs.reduce((shown, pair) => add(shown, pair.stable), cell.stable);
  const after = { candidate, stable, keys: [...cell.keys, ...keys].slice(-MAX_KEYS) };
  switch (cell.rule) {
    case 'rate':
      return { ...cell, ...after, ...stepRate(cell, plan, pairs) };
    case 'exceedance':
      return { ...cell, ...after, ...stepExceedance(cell, plan, pairs) };
    default:
      return { ...cell, ...after, state: stepScore(cell, plan, pairs) };
  }
};

/** Bad events of a rate's row: those that count against the version, whichever way the metric points. */
export const badEvents = (plan: Pick<MetricPlan, 'metric'>, row: WindowRow): number => {
  const sum = row.sumMicro / MICRO;
  return plan.metric.better === 'lower' ? sum : row.count - sum;
};

const stepRate = (cell: Rate, plan: MetricPlan, pairs: readonly Pair[]): Pick<Rate, 'state' | 'buckets'> => {
  const buckets: Buckets = {
    candidate: pairs.reduce((sums, { candidate }) => addBuckets(sums, candidate), cell.buckets.candidate),
    stable: pairs.reduce((sums, { stable }) => addBuckets(sums, stable), cell.buckets.stable),
  };
  const phi = dispersion(buckets.stable, buckets.candidate);
  const state = pairs.reduce((before, { candidate, stable }) => {
    const window = {
      candidateN: candidate?.count ?? 0,
      candidateEvents: candidate === undefined ? 0 : badEvents(plan, candidate),
      baselineN: stable?.count ?? 0,
      baselineEvents: stable === undefined ? 0 : badEvents(plan, stable),
    };
    return rateRatio.step(before, window, { r0: plan.spec.r0, phi });
  }, cell.state);
  return { state, buckets };
};

const addBuckets = (sums: readonly number[], row: WindowRow | undefined): readonly number[] =>
  row === undefined || row.buckets.length === 0 ? sums : row.buckets.map((n, i) => n + (sums[i] ?? 0));

const stepExceedance = (
  cell: Exceedance & { stable: Shown },
  plan: MetricPlan,
  pairs: readonly Pair[],
): Pick<Exceedance, 'state' | 'thresholdSeconds'> => {
  const past = edges(cell.stable.bins);
  return pairs.reduce<Pick<Exceedance, 'state' | 'thresholdSeconds'>>(
    (before, { candidate, stable }) => {
      const counts = exceedances({
        past,
        candidate: edges(binsOf(candidate)),
        baseline: edges(binsOf(stable)),
        growth: GROWTH,
        r: plan.spec.p99Ratio,
      });
      if (counts === undefined) return before;
      return { state: rateRatio.step(before.state, counts, { r0: plan.spec.r0 }), thresholdSeconds: counts.q };
    },
    { state: cell.state, thresholdSeconds: cell.thresholdSeconds },
  );
};

const stepScore = (cell: Score, plan: MetricPlan, pairs: readonly Pair[]): boundedScore.ScoreState =>
  pairs.reduce(
    (state, { candidate, stable }) =>
      boundedScore.step(
        state,
        { candidate: scoreSum(candidate, plan), baseline: scoreSum(stable, plan) },
        { delta0: plan.spec.delta0 },
      ),
    cell.state,
  );

/** Rule 4 takes scores of which higher is better; one that points the other way is turned round: 1 − x. */
const scoreSum = (row: WindowRow | undefined, plan: MetricPlan): boundedScore.ScoreSum => {
  if (row === undefined) return { n: 0, s1: 0, s2: 0 };
  const [n, s1, s2] = [row.count, row.sumMicro / MICRO, row.sumSqMicro / MICRO];
  return plan.metric.better === 'higher' ? { n, s1, s2 } : { n, s1: n - s1, s2: n - 2 * s1 + s2 };
};

const binsOf = (row: WindowRow | undefined): ReadonlyMap<number, number> =>
  new Map((row?.bins ?? []).map(({ index, count }) => [index, count]));

const edges = (bins: ReadonlyMap<number, number>): { upperEdge: number; count: number }[] =>
  [...bins].sort(([a], [b]) => a - b).map(([index, count]) => ({ upperEdge: binUpperEdge(index), count }));
