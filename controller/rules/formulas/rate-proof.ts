import { type ArmSizes, type Growth, ratioGrowth } from './expected-growth.ts';
import { absoluteGrowth, absoluteGrowths, absoluteIncrements, initialAbsolute } from './absolute-rate.ts';
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
  const grid = gridOf(rMax);
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

/** Ratios of the true rates that are bet on, as multiples of r_max. */
const gridOf = (rMax: number): number[] => POWERS.map((power) => rMax ** (power - 1));

/**
 * The bets that the windows to come are put on, if both arms have the rate `p` and what is past is `past`: the ln e that each
 * would end the proof with, and how it grows. Before the dispersion.
 */
export const proofBets = (
  { logE, ratio, absolute }: RateProof,
  { p, past, sizes }: { p: number; past: RateWindow; sizes: ArmSizes },
  { rMax, rateFloor }: { rMax: number; rateFloor: number },
): ({ logE: number; ends: number } & Growth)[] => {
  const window = { candidateN: sizes.candidate, candidateEvents: 0, baselineN: sizes.stable, baselineEvents: 0 };
  const onRatio = rateFloor === 0 || betsOnRatio(past, window, rMax, rateFloor);
  const growths = onRatio
    ? ratioGrowth({ candidate: p, stable: p }, sizes, rMax, gridOf(rMax), p).map((one) => ({ ...one, ends: 0 }))
    : absoluteGrowths(p, rateFloor);
  const logs = onRatio ? ratio : absolute;
  const all = logSumExp(logs);
  return growths.map((growth, k) => ({ logE: logE + (logs[k] ?? -Infinity) - all, ...growth }));
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
