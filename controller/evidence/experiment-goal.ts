import type { AbSpec, GoalSpec } from '../../schemas/documents.ts';
import { type Metric, metricOf } from '../../schemas/metrics.ts';
import { type Bins, binUpperEdge, mergeBins } from '../../schemas/sketch.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ofShares } from './counted-evidence.ts';
import {
  type Claims,
  initialClaims,
  initialSumClaims,
  logAbove,
  logWithin,
  lowerRatio,
  stepMeans,
  stepSums,
  type SumClaims,
  sumRatioLimit,
} from '../rules/arm-difference.ts';
import { addSums, checkSum, type Sum } from '../rules/bernstein.ts';
import { CAP_QUANTILE, cappedSum } from '../rules/capped-mean.ts';
import { divisor } from '../rules/dispersion.ts';
import { quantileIndex, total } from '../rules/exceedance.ts';
import { initialInterval, type IntervalState, limits, pastOf, stepInterval } from '../rules/interval.ts';
import { divided } from '../rules/late.ts';
import { logDiffer, logMoreThan, logMoreThanBy } from '../rules/multinomial.ts';

/**
 * How an experiment's goal is compared, by its family:
 *
 * - `means` (rates, scores, measures): pairwise means of values per window. Measures have no upper end: they are cut at the 99.8 %
 *   quantile of what all arms showed before the window.
 * - `counts` (events by count): conversions are compared by their share alone. That is an exact test, and a late conversion needs
 *   no join with its request.
 * - `sums` (events by sum): revenue has no exact test; pairwise sums, each event cut like a measure. An event of 0 or less
 *   counts for nothing.
 *
 * All of it is read divided by the φ of now (docs/decisions/0011): the φ of a few users who come again and again grows with time, and
 * windows divided by that of the first minutes would keep evidence that was never there.
 */
export type Goal = {
  metric: Metric;
  spec: GoalSpec;
  kind: 'means' | 'counts' | 'sums';
  arms: readonly string[];
  /** In the order of arms; they add up to 1. */
  shares: readonly number[];
};

/** What an arm showed of the goal. `bins` of measures and events; `buckets` by subject. */
type ArmGoal = { sum: Sum; bins: Bins; buckets: readonly number[] };

/** Ordered pairs of arms by index: first · arms + second. */
type Pairs<T> = readonly T[];

export type GoalState = {
  arms: readonly ArmGoal[];
  /** Of `means` and `sums`. */
  claims: Pairs<Claims | SumClaims>;
  /** Of `means`. */
  intervals: Pairs<IntervalState>;
  /** By which the evidence of the whole experiment is divided when it is read. */
  phi: number;
};

/** The sketch's growth: ratio of adjacent bucket edges. */
const GROWTH = binUpperEdge(1) / binUpperEdge(0);
/** Values above 0 that must have been seen before a cap is taken from them. */
const MIN_PAST = 50;
const NOTHING: Sum = { n: 0, s1: 0, s2: 0 };

export const goalOf = (spec: AbSpec): Goal | null => {
  if (spec.goal === undefined) return null;
  const metric = metricOf(spec.goal.metric);
  const total = spec.arms.reduce((sum, { weightPct }) => sum + weightPct, 0);
  return {
    metric,
    spec: spec.goal,
    kind: metric.family !== 'event' ? 'means' : spec.goal.by === 'count' ? 'counts' : 'sums',
    arms: spec.arms.map(({ name }) => name),
    shares: spec.arms.map(({ weightPct }) => weightPct / total),
  };
};

export const newGoal = ({ kind, arms }: Goal): GoalState => {
  const pairs = arms.flatMap(() => arms);
  return {
    arms: arms.map(() => ({ sum: NOTHING, bins: [], buckets: [] })),
    claims: pairs.map(() => (kind === 'sums' ? initialSumClaims() : initialClaims())),
    intervals: pairs.map(initialInterval),
    phi: 1,
  };
};

/**
 * The state after one stratum (one window under one routing sequence); `rows` in the order of the arms. What the window's values
 * are cut and centred at comes from the windows before; φ includes it (docs/decisions/0011).
 * Throws RangeError for rows whose sums can't be.
 */
export const stepGoal = (before: GoalState, goal: Goal, rows: readonly (WindowRow | undefined)[]): GoalState => {
  const arms = before.arms.map((arm, i) => learn(arm, goal, rows[i]));
  const state = { ...before, arms, phi: divisor(...arms.map(({ buckets }) => buckets)) };
  if (goal.kind === 'counts') return state;
  const cap = capIndex(goal, before);
  if (cap === undefined) return state;
  const window = rows.map((row) => cut(row, cap));
  window.forEach((sum, i) => checkSum(goal.arms[i] ?? '', sum));
  return goal.kind === 'means'
    ? stepAllMeans(state, before, goal, window, cap)
    : stepAllSums(state, before, goal, window, cap ?? 0);
};

const learn = (arm: ArmGoal, { metric }: Goal, row: WindowRow | undefined): ArmGoal => {
  if (row === undefined) return arm;
  const bins = mergeBins(arm.bins, row.bins);
  const buckets = row.buckets.length === 0 ? arm.buckets : row.buckets.map((n, i) => n + (arm.buckets[i] ?? 0));
  const sum = addSums(arm.sum, rawSum(row));
  if (metric.family === 'rate' || metric.family === 'score') checkSum(row.arm, rawSum(row));
  return { sum, bins, buckets };
};

const rawSum = (row: WindowRow): Sum => ({ n: row.count, s1: row.sumMicro / MICRO, s2: row.sumSqMicro / MICRO });

const isBounded = ({ metric }: Goal): boolean => metric.family === 'rate' || metric.family === 'score';

/** The bucket at whose upper edge values are cut: of bounded ones none (null); undefined while too few were seen. */
const capIndex = (goal: Goal, { arms }: GoalState): number | null | undefined => {
  if (isBounded(goal)) return null;
  const pooled = arms.reduce<Bins>((sum, { bins }) => mergeBins(sum, bins), []);
  return total(pooled) < MIN_PAST ? undefined : quantileIndex(pooled, CAP_QUANTILE);
};

const cut = (row: WindowRow | undefined, cap: number | null): Sum => {
  if (row === undefined) return NOTHING;
  return cap === null ? rawSum(row) : cappedSum(row.bins, cap, GROWTH);
};

const stepAllMeans = (
  state: GoalState,
  before: GoalState,
  goal: Goal,
  window: readonly Sum[],
  cap: number | null,
): GoalState => {
  const { margin } = goal.spec;
  const past = before.arms.map(({ sum, bins }) => pastOf(cap === null ? sum : cappedSum(bins, cap, GROWTH), 0.5, 0.25));
  const unit = cap === null ? 1 : binUpperEdge(cap);
  const ofPair = <T>(pairs: Pairs<T>, step: (value: T, i: number, j: number) => T): T[] =>
    pairs.map((value, pair) => {
      const [i, j] = [Math.floor(pair / goal.arms.length), pair % goal.arms.length];
      return i === j || window[i]!.n === 0 || window[j]!.n === 0 ? value : step(value, i, j);
    });
  return {
    ...state,
    claims: ofPair(state.claims, (claims, i, j) =>
      stepMeans(claims, { first: window[i]!, second: window[j]! }, { first: past[i]!, second: past[j]! }, margin),
    ),
    intervals: ofPair(state.intervals, (interval, i, j) =>
      stepInterval(
        interval,
        { candidate: window[i]!, baseline: window[j]! },
        { candidate: past[i]!, baseline: past[j]! },
        { unit },
      ),
    ),
  };
};

const stepAllSums = (
  state: GoalState,
  before: GoalState,
  goal: Goal,
  window: readonly Sum[],
  cap: number,
): GoalState => {
  const pooled = before.arms
    .map(({ bins }) => cappedSum(bins, cap, GROWTH))
    .reduce((all, sum) => addSums(all, sum), NOTHING);
  const past = { mean: pooled.s1 / pooled.n, square: pooled.s2 / pooled.n };
  const claims = state.claims.map((each, pair) => {
    const [i, j] = [Math.floor(pair / goal.arms.length), pair % goal.arms.length];
    if (i === j || !('gain' in each)) return each;
    const shares = [goal.shares[i]!, goal.shares[j]!] as const;
    return stepSums(each, { first: window[i]!, second: window[j]! }, past, {
      shares,
      margin: goal.spec.margin,
    });
  });
  return { ...state, claims };
};

const claimsOf = ({ arms, claims }: GoalState, i: number, j: number): Claims | SumClaims =>
  claims[i * arms.length + j]!;

/** Arm i's share of the conversions of i and j where s times its rate equals j's. */
const boundary = ({ shares }: Goal, i: number, j: number, s: number): number =>
  shares[i]! / (shares[i]! + s * shares[j]!);

/** ln of the e-value against "arm i's mean is at most arm j's". */
export const logIsAbove = (state: GoalState, goal: Goal, i: number, j: number): number => {
  if (goal.kind !== 'counts') return divided(logAbove(claimsOf(state, i, j)), state.phi);
  return divided(logMoreThan(countOf(state, i), countOf(state, j), boundary(goal, i, j, 1)), state.phi);
};

/** ln of the e-value against "arm i's mean is at least (1 + margin) times arm j's". */
export const logIsWithin = (state: GoalState, goal: Goal, i: number, j: number): number => {
  if (goal.kind !== 'counts') return divided(logWithin(claimsOf(state, i, j)), state.phi);
  const { margin } = goal.spec;
  const theta = boundary(goal, j, i, 1 + margin);
  const alternatives = [1, 1 + margin / 2].map((s) => boundary(goal, j, i, s));
  return divided(logMoreThanBy(countOf(state, j), countOf(state, i), theta, alternatives), state.phi);
};

/** ln of the e-value against "all arms convert alike", of `counts`. */
export const logAllDiffer = (state: GoalState, { shares }: Goal): number =>
  divided(
    logDiffer(
      state.arms.map((_, arm) => countOf(state, arm)),
      shares,
    ),
    state.phi,
  );

const countOf = ({ arms }: GoalState, arm: number): number => arms[arm]!.sum.n;

/** ln of the e-value against "arm i is no better than arm j". */
export const logBeats = (state: GoalState, goal: Goal, i: number, j: number): number =>
  (goal.spec.better ?? goal.metric.better) === 'higher' ? logIsAbove(state, goal, i, j) : logIsAbove(state, goal, j, i);

export type GoalLimits = { difference: number | null; lower: number | null; upper: number | null };

/**
 * Arm i less arm j, with limits that hold at any time with confidence 1 − alpha, both sides together. Of means in the metric's unit
 * (as cut); of events relative: 0.1 is a tenth more per request than arm j.
 */
export const goalLimits = (state: GoalState, goal: Goal, i: number, j: number, alpha: number): GoalLimits => {
  const none = { difference: null, lower: null, upper: null };
  if (goal.kind === 'means') {
    const found = limits(state.intervals[i * goal.arms.length + j]!, alpha, state.phi);
    return found === null ? none : isBounded(goal) ? ofShares(found) : found;
  }
  const perShare = (arm: number): number => eventTotal(state, goal, arm) / goal.shares[arm]!;
  const [own, other] = [perShare(i), perShare(j)];
  const lower = ratioLimit(state, goal, i, j, alpha / 2);
  const reverse = ratioLimit(state, goal, j, i, alpha / 2);
  return {
    difference: other > 0 ? own / other - 1 : null,
    lower: lower - 1,
    upper: reverse > 0 ? 1 / reverse - 1 : null,
  };
};

/** Events, or what they sum up to. */
export const eventTotal = (state: GoalState, { kind }: Goal, arm: number): number =>
  kind === 'counts' ? state.arms[arm]!.sum.n : state.arms[arm]!.sum.s1;

/** An e-value divided by φ reaches 1/α when the whole reaches (1/α)^φ. */
const ratioLimit = (state: GoalState, goal: Goal, i: number, j: number, alpha: number): number => {
  const claims = claimsOf(state, i, j);
  const level = alpha ** state.phi;
  if ('gain' in claims) return sumRatioLimit(claims, level);
  const [own, other] = [countOf(state, i), countOf(state, j)];
  return lowerRatio((s) => logMoreThan(own, other, boundary(goal, i, j, s)), level);
};
