import type { RateWindow } from './rate-ratio.ts';

/**
 * Anytime-valid upper limit of the ratio of two rates: the rate ratio with r < 1 against each R0 of a grid, mixed over the true ratios
 * 1/2, 1 and √R0. The limit is the least R0 that, with all above it, was rejected at any time; it covers the true
 * ratio at all times together with a chance of at least 1 − α (a confidence sequence by inverting e-processes; Howard,
 * Ramdas, McAuliffe & Sekhon 2021). If the ratio changes, it covers its smallest value.
 */
const RATIOS = [1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5, 1.65, 1.8, 2, 2.25, 2.5, 3, 3.5, 4, 5, 6, 8, 10, 15, 20, 30];
/** Weights of the true ratios 1/2, 1 and √R0. */
const LOG_WEIGHTS = [0.5, 0.4, 0.1].map((p) => Math.log(p));

export type RatioLimit = {
  /** Three logs for each R0. */
  readonly logs: readonly number[];
  /** By R0: the largest ln E, divided by the φ of its time, so far. */
  readonly highest: readonly number[];
};

export const initialRatioLimit = (): RatioLimit => ({
  logs: RATIOS.flatMap(() => LOG_WEIGHTS),
  highest: RATIOS.map(() => 0),
});

export const stepRatioLimit = (state: RatioLimit, window: RateWindow, phi: number): RatioLimit => {
  const n = window.candidateN + window.baselineN;
  const w = n === 0 ? 0 : window.candidateN / n;
  const x = window.candidateEvents;
  const k = window.candidateEvents + window.baselineEvents;
  if (k === 0 || w === 0 || w === 1) return state;
  const logHalf = Math.log1p(-w / 2);
  const logs: number[] = [];
  const highest = RATIOS.map((r0, i) => {
    const root = Math.sqrt(r0);
    const logR0 = Math.log(r0);
    const norm = Math.log1p(w * (r0 - 1));
    const half = (state.logs[3 * i] ?? 0) - x * (logR0 + Math.LN2) - k * (logHalf - norm);
    const one = (state.logs[3 * i + 1] ?? 0) - x * logR0 + k * norm;
    const between = (state.logs[3 * i + 2] ?? 0) - (x * logR0) / 2 - k * (Math.log1p(w * (root - 1)) - norm);
    logs.push(half, one, between);
    const max = Math.max(half, one, between);
    const logE = max + Math.log(Math.exp(half - max) + Math.exp(one - max) + Math.exp(between - max));
    return Math.max(state.highest[i] ?? 0, logE / phi);
  });
  return { logs, highest };
};

/** The limit at level alpha; Infinity while none is rejected. */
export const ratioUpperLimit = ({ highest }: RatioLimit, alpha: number): number => {
  const needed = Math.log(1 / alpha);
  let limit = Infinity;
  for (let i = RATIOS.length - 1; i >= 0 && (highest[i] ?? 0) >= needed; i--) limit = RATIOS[i] ?? limit;
  return limit;
};
