import { bernsteinPenalty, squaresAbout, type Sum } from './bernstein.ts';

/**
 * A confidence sequence for the difference of two means (candidate − baseline) of values in [0, 1], valid at all times at
 * once, stratified window by window: the empirical-Bernstein confidence sequence with predictable λ (Howard, Ramdas, McAuliffe &
 * Sekhon 2021, thm 4; Waudby-Smith & Ramdas 2024, thm 2) on the step of bernstein.ts. With n = min(n_c, n_b), a = n/n_c,
 * b = n/n_b, D_t the window's difference of means and P_t the ψ terms of either direction,
 *
 *   exp(± Σ λ_t·n_t(D_t − Δ_t) − Σ P_t)  is a supermartingale, so that by Ville's inequality, with α/2 for each side,
 *   Σ λ_t·n_t·Δ_t / Σ λ_t·n_t  ≥  (Σ λ_t·n_t·D_t − Σ P_t − ln(2/α)) / Σ λ_t·n_t,  and likewise from above.
 *
 * So it covers the average of the windows' true differences with weights λ_t·n_t: the difference itself where that is
 * constant, although the common level may drift between windows and the weights change.
 * λ_t = √(2 ln(2/α)/(v·N ln(1 + N))), N the items through this window, v the past variance of an item's part in n·D: it is chosen
 * for α = 0.05, valid for every α.
 */
export type IntervalState = {
  /** Σ λn, Σ λnD, and the ψ terms for "the candidate is higher" and "… is lower". */
  readonly weight: number;
  readonly sum: number;
  readonly penaltyHigher: number;
  readonly penaltyLower: number;
  /** Items of the smaller arm so far. */
  readonly items: number;
};

const TUNED_ALPHA = 0.05;
const MAX_C_LAMBDA = 0.5;

export const initialInterval = (): IntervalState => ({
  weight: 0,
  sum: 0,
  penaltyHigher: 0,
  penaltyLower: 0,
  items: 0,
});

/** Mean and variance of an arm's past, begun with one imagined value of `mean` and `variance`. */
export type Past = { centre: number; variance: number };

export const pastOf = (past: Sum, mean: number, variance: number): Past => {
  const centre = (past.s1 + mean) / (past.n + 1);
  return { centre, variance: (squaresAbout(past, centre) + variance) / (past.n + 1) };
};

/**
 * The state after one window. `unit` is what a value of 1 stands for (a cap); the interval is in that unit. With φ > 1 the bets
 * are smaller. A window with only one arm changes nothing.
 */
export const stepInterval = (
  state: IntervalState,
  window: { candidate: Sum; baseline: Sum },
  past: { candidate: Past; baseline: Past },
  { unit = 1, phi = 1 }: { unit?: number; phi?: number } = {},
): IntervalState => {
  const { candidate, baseline } = window;
  if (candidate.n === 0 || baseline.n === 0) return state;
  const n = Math.min(candidate.n, baseline.n);
  const [a, b] = [n / candidate.n, n / baseline.n];
  const [m, k] = [past.candidate.centre, past.baseline.centre];
  const items = state.items + n;
  const variance = a * past.candidate.variance + b * past.baseline.variance;
  const best = Math.sqrt((2 * Math.log(2 / TUNED_ALPHA)) / (phi * variance * items * Math.log1p(items)));
  const lambda = Math.min(best, MAX_C_LAMBDA / Math.max(a * m, a * (1 - m), b * k, b * (1 - k)));
  const [c, s] = [
    { sum: candidate, scale: a, centre: m },
    { sum: baseline, scale: b, centre: k },
  ];
  return {
    weight: state.weight + (lambda * n) / unit,
    sum: state.sum + lambda * (a * candidate.s1 - b * baseline.s1),
    penaltyHigher: state.penaltyHigher + bernsteinPenalty(c, s, lambda),
    penaltyLower: state.penaltyLower + bernsteinPenalty(s, c, lambda),
    items,
  };
};

export type Limits = { difference: number; lower: number; upper: number };

/**
 * The interval at level alpha for both sides together, each with alpha/2 (for one side alone ask with 2·alpha); null before
 * the first window with both arms. φ ≥ 1 widens it for values that are not independent (dispersion.ts).
 */
export const limits = (state: IntervalState, alpha: number, phi = 1): Limits | null => {
  if (state.weight === 0) return null;
  const needed = phi * Math.log(2 / alpha);
  return {
    difference: state.sum / state.weight,
    lower: (state.sum - phi * state.penaltyHigher - needed) / state.weight,
    upper: (state.sum + phi * state.penaltyLower + needed) / state.weight,
  };
};

/** Shares and scores lie in [0, 1], so their difference in [−1, 1], whatever little was seen. */
export const limitsOfShares = ({ difference, lower, upper }: Limits): Limits => ({
  difference,
  lower: Math.max(-1, lower),
  upper: Math.min(1, upper),
});

/** The limits of the opposite difference. */
export const negated = ({ difference, lower, upper }: Limits): Limits => ({
  difference: 0 - difference,
  lower: -upper,
  upper: -lower,
});
