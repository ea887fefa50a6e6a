import {
  meanLogE,
  type ExceedanceEvidence,
  type MeanEvidence,
  newExceedance,
  newMean,
  stepExceedance,
  stepMean,
} from './cell-measure.ts';
import { newRate, type Pair, type RateEvidence, rateHarm, rateProof, stepRate } from './cell-rate.ts';
import { newScore, type ScoreEvidence, scoreLogE, stepScore } from './cell-score.ts';
import { countedHarm, countedInterval, countedLogE, ofShares, turned } from './counted-evidence.ts';
import type { MetricPlan } from '../rollout/metric-plan.ts';
import { limits, type Limits } from '../rules/interval.ts';
import { logSumExp } from '../rules/log-sum-exp.ts';
import { add, NOTHING, type Shown } from './shown.ts';

export type { Pair } from './cell-rate.ts';

/** The evidence of one metric in one slice: its e-processes and what was seen. Plain data. */
export type Cell = (RateEvidence | ExceedanceEvidence | MeanEvidence | ScoreEvidence) & {
  candidate: Shown;
  stable: Shown;
  keys: readonly string[];
};

/** So many of a cell's latest window keys are kept for the decision that it may cause. */
export const MAX_KEYS = 200;

/** The rules follow from the metric's family and quantile: docs/decision-rules.md. */
export const newCell = ({ metric }: MetricPlan): Cell => {
  const shown = { candidate: NOTHING, stable: NOTHING, keys: [] };
  switch (metric.family) {
    case 'score':
      return { ...newScore(), ...shown };
    case 'measure':
      return { ...(metric.quantile === null ? newMean() : newExceedance()), ...shown };
    default:
      return { ...newRate(), ...shown };
  }
};

/**
 * The cell after one window's strata, in order of routing sequence. Thresholds, caps, centres and bets come from the windows
 * before, so that they are known before the window is looked at.
 * Throws RangeError for rows whose sums can't be (see the rules).
 */
export const stepCell = (cell: Cell, plan: MetricPlan, pairs: readonly Pair[], keys: readonly string[]): Cell => {
  const after = {
    candidate: pairs.reduce((shown, pair) => add(shown, pair.candidate), cell.candidate),
    stable: pairs.reduce((shown, pair) => add(shown, pair.stable), cell.stable),
    keys: [...cell.keys, ...keys].slice(-MAX_KEYS),
  };
  switch (cell.rule) {
    case 'rate':
      return { ...cell, ...stepRate(cell, plan, pairs), ...after };
    case 'exceedance':
      return { ...cell, ...stepExceedance(cell, plan, pairs, cell.stable), ...after };
    case 'mean':
      return { ...cell, ...stepMean(cell, plan, pairs, cell), ...after };
    default:
      return { ...cell, ...stepScore(cell, plan, pairs), ...after };
  }
};

/** ln e of "the candidate is worse than tolerated", whenever it turned worse; ln(1/α) or more convicts at level α. */
export const cellLogE = (cell: Cell, _plan: MetricPlan): number => {
  switch (cell.rule) {
    case 'rate':
      return countedLogE(cell, cell.phi);
    case 'exceedance':
      return countedLogE(cell, 1);
    case 'mean':
      return meanLogE(cell);
    default:
      return scoreLogE(cell);
  }
};

/** ln e of "the candidate is good enough to promote"; whether the metric may promote at all is the caller's to ask. */
export const cellProof = (cell: Cell, _plan: MetricPlan): number =>
  cell.rule === 'rate' ? rateProof(cell) : logSumExp(cell.proof);

/**
 * Anytime-valid interval of (candidate − stable) in the metric's own value: of rates and scores, of the share of requests on
 * the bad side of stable's quantile (measures by a quantile), of the capped mean in the metric's unit (measures by the mean).
 * Null before a window had both arms.
 */
export const cellInterval = (cell: Cell, { metric }: MetricPlan, alpha: number): Limits | null => {
  switch (cell.rule) {
    case 'rate':
      return countedInterval(cell, metric.better, alpha, cell.phi);
    case 'exceedance':
      return countedInterval(cell, 'lower', alpha, 1);
    case 'mean':
      return limits(cell.interval, alpha);
    default: {
      const found = limits(cell.interval, alpha);
      if (found === null) return null;
      return metric.better === 'higher' ? ofShares(found) : turned(ofShares(found));
    }
  }
};

/**
 * What the candidate may cost: an anytime upper limit, at level alpha, of its excess bad rate over stable's, and stable's own
 * rate so far. Of scores the loss of the mean and 1 − mean; of measures by a quantile the share beyond it. Null for means, and
 * before both arms had data.
 */
export const cellHarm = (
  cell: Cell,
  _plan: MetricPlan,
  alpha: number,
): { excessUpper: number; stableBad: number } | null => {
  switch (cell.rule) {
    case 'rate':
      return rateHarm(cell, alpha);
    case 'exceedance':
      return countedHarm(cell, alpha);
    case 'mean':
      return null;
    default: {
      const found = limits(cell.interval, 2 * alpha);
      if (found === null || cell.stablePast.n === 0) return null;
      return { excessUpper: Math.min(1, -found.lower), stableBad: 1 - cell.stablePast.s1 / cell.stablePast.n };
    }
  }
};
