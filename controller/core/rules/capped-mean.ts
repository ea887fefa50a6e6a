import { bernsteinIncrement, bestLambda, type Sum } from './bernstein.ts';
import type { Bins } from '../../../schemas/sketch.ts';

import type { Past } from './interval.ts';

/**
 * Rule 5: costs, tokens, lengths by their mean. Values are cut at a cap known before the window (the past 99.8 % quantile of the
 * baseline's bins) and scaled to [0, 1], x = min(value, cap)/cap, read from bins at their upper edges. Rule 4 with x_c − r·x_b:
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

/** The log increments against "at most r times", by alternatives: excesses of the mean beyond r as shares of the baseline's. */
export const excessIncrements = (
  { candidate, baseline }: MeanWindow,
  past: MeanPast,
  r: number,
  effects: readonly number[],
): number[] => {
  if (candidate.n === 0 || baseline.n === 0) return effects.map(() => 0);
  const n = Math.min(candidate.n, baseline.n);
  const [a, b] = [n / candidate.n, (r * n) / baseline.n];
  const more = { sum: candidate, scale: a, centre: past.candidate.centre };
  const less = { sum: baseline, scale: b, centre: past.baseline.centre };
  return effects.map((effect) => {
    const d = effect * past.baseline.centre;
    const [v1, v2] = [a * past.candidate.variance, b * r * past.baseline.variance];
    return bernsteinIncrement(more, less, bestLambda(d, a * more.centre, v1, b * (1 - less.centre), v2), 0);
  });
};

/** The same against "at least r times": what is missing to r as shares of the baseline's mean. */
export const shortfallIncrements = (
  { candidate, baseline }: MeanWindow,
  past: MeanPast,
  r: number,
  effects: readonly number[],
): number[] => {
  if (candidate.n === 0 || baseline.n === 0) return effects.map(() => 0);
  const n = Math.min(candidate.n, baseline.n);
  const [a, b] = [n / candidate.n, (r * n) / baseline.n];
  const more = { sum: baseline, scale: b, centre: past.baseline.centre };
  const less = { sum: candidate, scale: a, centre: past.candidate.centre };
  return effects.map((effect) => {
    const d = effect * past.baseline.centre;
    const [v1, v2] = [b * r * past.baseline.variance, a * past.candidate.variance];
    return bernsteinIncrement(more, less, bestLambda(d, b * more.centre, v1, a * (1 - less.centre), v2), 0);
  });
};
