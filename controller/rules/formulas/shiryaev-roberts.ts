import { logSumExp } from './log-sum-exp.ts';

/**
 * Shiryaev–Roberts: evidence that may begin at any window, not only the first. A mixture over when the candidate turned worse: with
 * probability π_0 at the start, with π_t at window t (the cumulation of Shiryaev 1963 and Roberts 1966, with weights
 * that add up to 1; cf. the e-detectors of Shin, Ramdas & Rinaldo 2024). With p_k the weights of a grid of alternatives:
 *
 *   e = Σ_k p_k·(π_0·exp(S_k) + A_k) + 1 − Σ_{s≤t} π_s,   S_k ← S_k + ΔL_k,   A_k ← (A_k + π_t)·exp(ΔL_k) for t > 0
 *
 * a mixture of e-processes and of the constant 1 (starts yet to come), so an e-process, whatever the weights.
 *
 * With a dispersion φ ≥ 1 (dispersion.ts) the parts become min(exp(S_k), exp(S_k/φ)) and the lesser of A_k and of an A_k whose steps were each
 * divided by the φ of their time. No part is larger than without φ, so the bound for independent requests holds for *any* φ, even
 * one taken from the very data that it divides. The sum as a whole is divided, since φ of a few subjects who fail again and
 * again grows with time; a late start can't be (the best of many starts would be chosen before the division).
 */
export type Starts = {
  /** π_t of window t = 0, 1, 2 … */
  at: (t: number) => number;
  /** 1 − Σ_{s≤t} π_s. */
  after: (t: number) => number;
};

/**
 * `first` at the start, then π_t = (1 − first)·h/((t + h)(t + h − 1)): almost even over the first h windows, falling as 1/t²
 * later, without a horizon. The sum telescopes: what is left after t is (1 − first)·h/(t + h).
 */
export const fadingStarts = (first: number, h: number): Starts => ({
  at: (t) => (t === 0 ? first : ((1 - first) * h) / ((t + h) * (t + h - 1))),
  after: (t) => ((1 - first) * h) / (t + h),
});

/** When a candidate may turn worse: mostly at once, else at any window. Costs a regression from the start ln(1/0.95). */
export const STARTS: Starts = fadingStarts(0.95, 100);

/** Alternatives and how much of the mixture each is; the weights add up to 1. */
export type Grid = readonly { effect: number; weight: number }[];
export const effectsOf = (grid: Grid): readonly number[] => grid.map(({ effect }) => effect);

/** Plain data. */
export type ShiryaevRoberts = {
  /** S_k: evidence of a candidate that was worse from its first window on. */
  readonly fromStart: readonly number[];
  /** ln A_k: of one that turned worse later; and the same with every step divided by its φ. */
  readonly late: readonly number[];
  readonly lateDivided: readonly number[];
  readonly windows: number;
};

export const initialShiryaevRoberts = (grid: Grid): ShiryaevRoberts => ({
  fromStart: grid.map(() => 0),
  late: grid.map(() => -Infinity),
  lateDivided: grid.map(() => -Infinity),
  windows: 0,
});

/** The state after one more window, with the log increments ΔL_k. */
export const stepShiryaevRoberts = (
  { fromStart, late, lateDivided, windows }: ShiryaevRoberts,
  increments: readonly number[],
  phi = 1,
  starts = STARTS,
): ShiryaevRoberts => {
  const start = windows === 0 ? -Infinity : Math.log(starts.at(windows));
  const grown = (logs: readonly number[], divisor: number): number[] =>
    logs.map((log, k) => logAdd(log, start) + (increments[k] ?? 0) / divisor);
  return {
    fromStart: fromStart.map((sum, k) => sum + (increments[k] ?? 0)),
    late: grown(late, 1),
    lateDivided: grown(lateDivided, phi),
    windows: windows + 1,
  };
};

/** ln e. */
export const logShiryaevRoberts = (
  { fromStart, late, lateDivided, windows }: ShiryaevRoberts,
  grid: Grid,
  phi = 1,
  starts = STARTS,
): number => {
  const first = Math.log(starts.at(0));
  const parts = grid.flatMap(({ weight }, k) => {
    const logWeight = Math.log(weight);
    return [
      logWeight + first + divided(fromStart[k] ?? 0, phi),
      logWeight + Math.min(late[k] ?? -Infinity, lateDivided[k] ?? -Infinity),
    ];
  });
  return logSumExp([...parts, Math.log(starts.after(Math.max(0, windows - 1)))]);
};

/** Log evidence divided by φ, where there is any: what speaks against it is not made less. */
export const divided = (logE: number, phi: number): number => (logE > 0 ? logE / phi : logE);

const logAdd = (x: number, y: number): number => {
  const max = Math.max(x, y);
  return max === -Infinity ? max : max + Math.log1p(Math.exp(Math.min(x, y) - max));
};
