import { bernsteinIncrement, bestLambda, type Sum } from './bernstein.ts';
import type { Bins } from '../../../schemas/sketch.ts';

import type { Past } from './interval.ts';

/**
 * Costs, tokens, lengths by their mean. Values are cut at a cap known before the window (the past 99.8 % quantile of the
 * baseline's bins) and scaled to [0, 1], x = min(value, cap)/cap, read from bins at their upper edges. The step of bernstein.ts with x_c − r·x_b:
 *
 *   ΔL = λ(a·S_c − r·b·S_b) − ψ_{a·m_c}(λ)·a²·V_c − ψ_{rb(1−m_b)}(λ)·(rb)²·V_b,   a = n/n_c, b = n/n_b, n = min(n_c, n_b)
 *
 * is evidence against H0 "the candidate's capped mean is at most r times the baseline's"; with the sides exchanged, against
 * "at least r times" (promotion). By bernstein.ts the centres may differ by arm. The cap bounds what one answer can weigh
 * (Catoni 2012 on why a raw mean of heavy tails can't be tested), so a candidate that differs only beyond it is not found.
 */
export const CAP_QUANTILE = 0.998;

/** Sums of min(value, cap)/cap over a row's bins, the cap being the upper edge of bucket `capIndex`. */
export const cappedSum = (bins: Bins, capIndex: number, growth: number): Sum => {
  const logGrowth = Math.log(growth);
  let [n, s1, s2] = [0, 0, 0];
  for (const { index, count } of bins) {
    const x = index >= capIndex ? 1 : Math.exp((index - capIndex) * logGrowth);
    n += count;
    s1 += count * x;
    s2 += count * x * x;
  }
  return { n, s1, s2 };
};

export type MeanWindow = { candidate: Sum; baseline: Sum };
export type MeanPast = { candidate: Past; baseline: Past };

/** One arm's part: its capped values, their past, and how much each counts. */
type Side = { sum: Sum; past: Past; scale: number; variance: number };

const sidesOf = (
  { candidate, baseline }: MeanWindow,
  past: MeanPast,
  r: number,
): { candidate: Side; baseline: Side } => {
  const n = Math.min(candidate.n, baseline.n);
  const [a, b] = [n / candidate.n, (r * n) / baseline.n];
  return {
    candidate: { sum: candidate, past: past.candidate, scale: a, variance: a * past.candidate.variance },
    baseline: { sum: baseline, past: past.baseline, scale: b, variance: b * r * past.baseline.variance },
  };
};

/** By alternatives, shares of `mean`: that `more` is larger than `less`. */
const increments = (more: Side, less: Side, mean: number, effects: readonly number[]): number[] =>
  effects.map((effect) => {
    const lambda = bestLambda(
      effect * mean,
      more.scale * more.past.centre,
      more.variance,
      less.scale * (1 - less.past.centre),
      less.variance,
    );
    const bet = ({ sum, scale, past }: Side) => ({ sum, scale, centre: past.centre });
    return bernsteinIncrement(bet(more), bet(less), lambda, 0);
  });

/** The log increments against "at most r times", by alternatives: excesses of the mean beyond r as shares of the baseline's. */
export const excessIncrements = (
  window: MeanWindow,
  past: MeanPast,
  r: number,
  effects: readonly number[],
): number[] => {
  if (window.candidate.n === 0 || window.baseline.n === 0) return effects.map(() => 0);
  const { candidate, baseline } = sidesOf(window, past, r);
  return increments(candidate, baseline, past.baseline.centre, effects);
};

/** The same against "at least r times": what is missing to r as shares of the baseline's mean. */
export const shortfallIncrements = (
  window: MeanWindow,
  past: MeanPast,
  r: number,
  effects: readonly number[],
): number[] => {
  if (window.candidate.n === 0 || window.baseline.n === 0) return effects.map(() => 0);
  const { candidate, baseline } = sidesOf(window, past, r);
  return increments(baseline, candidate, past.baseline.centre, effects);
};
