import { absoluteGrowth, absoluteIncrements, initialAbsolute } from './absolute-rate.ts';
import { logSumExp } from './log-sum-exp.ts';
import { levelOf, rateIncrements, type RateWindow } from './rate-ratio.ts';

/**
 * Promotion of a rate: an e-process against H0 "the candidate's rate is at least r_max times the baseline's AND at least
 * rateFloor". It takes the rate ratio with r < 1 against r0 = r_max (candidate requests needed: ln(1/α)/(p(r_max − 1 − ln r_max))) and
 * the absolute rate against rateFloor, each of which is an e-process under that null.
 *
 * Under the null any bet between the two is fair, so every window is put on the one that promises to grow faster by the counts
 * of the windows before: the factor of a window is that of the ratio or of the absolute rate, chosen before it is seen, and the product is a
 * supermartingale under the intersection. (An average of the two would be one as well, but costs ln 2.) The dispersion φ divides the
 * result, which can only lower it.
 */
export type RateProof = {
  /** Log weights·e of the ratio's grid, and of the absolute rate's p1; both run on, whichever is bet on. */
  readonly ratio: readonly number[];
  readonly absolute: readonly number[];
  readonly logE: number;
};

/** Ratios of the true rates that the mixture is tuned to, as powers of r_max, and their weights: mostly "as good as stable". */
const POWERS = [-0.7, 0, 0.4];
const WEIGHTS = [0.15, 0.65, 0.2];

export const initialProof = (): RateProof => ({
  ratio: WEIGHTS.map((weight) => Math.log(weight)),
  absolute: initialAbsolute(),
  logE: 0,
});

export const stepProof = (
  state: RateProof,
  window: RateWindow,
  past: RateWindow,
  { rMax, rateFloor }: { rMax: number; rateFloor: number },
): RateProof => {
  if (window.candidateN === 0) return state;
  const grid = POWERS.map((power) => rMax ** (power - 1));
  const ratio = add(state.ratio, rateIncrements(window, rMax, grid, levelOf(past)));
  if (rateFloor === 0) return { ...state, ratio, logE: state.logE + logSumExp(ratio) - logSumExp(state.ratio) };
  const absolute = add(state.absolute, absoluteIncrements(window.candidateN, window.candidateEvents, rateFloor));
  const logE =
    state.logE +
    (betsOnRatio(past, window, rMax, rateFloor)
      ? logSumExp(ratio) - logSumExp(state.ratio)
      : logSumExp(absolute) - logSumExp(state.absolute));
  return { ratio, absolute, logE };
};

/** Expected growth a candidate request, for rates that are equal and as the past has them (half an event is imagined). */
const betsOnRatio = (past: RateWindow, window: RateWindow, rMax: number, rateFloor: number): boolean => {
  const p = (past.candidateEvents + past.baselineEvents + 0.5) / (past.candidateN + past.baselineN + 100);
  const w = window.candidateN / (window.candidateN + window.baselineN);
  // KL of the candidate's share of the events, w, from w·r_max/(1 + w(r_max − 1)), times the events per candidate request.
  const ratioGrowth = (p / w) * (Math.log1p(w * (rMax - 1)) - w * Math.log(rMax));
  return ratioGrowth >= absoluteGrowth(p, rateFloor);
};

const add = (logs: readonly number[], increments: readonly number[]): number[] =>
  logs.map((log, i) => log + (increments[i] ?? 0));
