import { logSumExp } from './log-sum-exp.ts';

/**
 * Rule 7: evidence that may begin at any window, not only the first. A mixture over when the candidate turned worse: with
 * probability π_0 at the start, with π_t at window t (the Shiryaev–Roberts cumulation, Shiryaev 1963, Roberts 1966, with weights
 * that add up to 1; cf. the e-detectors of Shin, Ramdas & Rinaldo 2024):
 *
 *   A_k ← (A_k + π_t)·exp(ΔL_k),   e = Σ_k p_k·A_k + 1 − Σ_{s≤t} π_s
 *
 * where p_k are the weights of the grid. A mixture of e-processes and of the constant 1 (starts yet to come), so an
 * e-process, whatever the weights.
 */
export type Starts = {
  /** π_t of window t = 0, 1, 2 … */
  at: (t: number) => number;
  /** 1 − Σ_{s≤t} π_s. */
  after: (t: number) => number;
};

/** `first` at the start, the rest evenly over `windows − 1` more: the anchor's form, which must know its horizon. */
export const evenStarts = (first: number, windows: number): Starts => ({
  at: (t) => (t === 0 ? first : t < windows ? (1 - first) / (windows - 1) : 0),
  after: (t) => (1 - first) * Math.max(0, 1 - t / (windows - 1)),
});

/**
 * `first` at the start, then π_t = (1 − first)·h/((t + h)(t + h − 1)): almost even over the first h windows, falling as 1/t²
 * later, without a horizon. The sum telescopes: what is left after t is (1 − first)·h/(t + h).
 */
export const fadingStarts = (first: number, h: number): Starts => ({
  at: (t) => (t === 0 ? first : ((1 - first) * h) / ((t + h) * (t + h - 1))),
  after: (t) => ((1 - first) * h) / (t + h),
});

/** ln(p_k·(A_k + π_t)), t being the window to come: what the next increments multiply. */
export type LateState = readonly number[];

export const initialLate = (weights: readonly number[], starts: Starts): LateState =>
  weights.map((p) => Math.log(p * starts.at(0)));

/** The state after window t (from 0) with the log increments ΔL_k. */
export const stepLate = (
  state: LateState,
  increments: readonly number[],
  weights: readonly number[],
  starts: Starts,
  t: number,
): LateState => {
  const next = starts.at(t + 1);
  return state.map((log, k) => {
    const grown = log + (increments[k] ?? 0);
    return next === 0 ? grown : logSumExp([grown, Math.log((weights[k] ?? 0) * next)]);
  });
};

/** ln e after `windows` windows. The starts yet to come count 1, whether they are in the state already or not. */
export const logLate = (state: LateState, starts: Starts, windows: number): number =>
  logSumExp([...state, Math.log(starts.after(windows))]);
