import type { Harm, JudgedMetric, Stratum } from '../rules/decision-rule.ts';
import type { Limits } from '../rules/formulas/interval.ts';
import { addRow, EMPTY_SUMMARY, type PooledSummary } from '../rules/pooled-summary.ts';
import { ruleOf } from '../rules/table.ts';

/** The evidence of one metric in one slice. Plain data; `state` is that of the metric's rule. */
export type Cell = {
  state: unknown;
  candidate: PooledSummary;
  stable: PooledSummary;
  keys: readonly string[];
};

/** So many of a cell's latest window keys are kept for the decision that it may cause. */
export const MAX_KEYS = 200;

export const newCell = ({ metric }: JudgedMetric): Cell => ({
  state: ruleOf(metric).initial(),
  candidate: EMPTY_SUMMARY,
  stable: EMPTY_SUMMARY,
  keys: [],
});

/**
 * The cell after one window's strata, in order of routing sequence; `keys` of the rows in them.
 * Throws RangeError for rows whose sums can't be (see the rules).
 */
export const stepCell = (
  cell: Cell,
  judged: JudgedMetric,
  strata: readonly Stratum[],
  keys: readonly string[],
): Cell => ({
  candidate: strata.reduce((summary, { candidate }) => addRow(summary, candidate), cell.candidate),
  stable: strata.reduce((summary, { stable }) => addRow(summary, stable), cell.stable),
  keys: [...cell.keys, ...keys].slice(-MAX_KEYS),
  state: ruleOf(judged.metric).step(cell.state, judged, strata, cell),
});

/** ln e of "the candidate is worse than tolerated", whenever it turned worse; ln(1/α) or more convicts at level α. */
export const cellLogE = (cell: Cell, { metric }: JudgedMetric): number => ruleOf(metric).logE(cell.state);

/** ln e of "the candidate is good enough to promote"; whether the metric may promote at all is the caller's to ask. */
export const cellLogProof = (cell: Cell, { metric }: JudgedMetric): number => ruleOf(metric).logProof(cell.state);

/** Anytime-valid interval of (candidate − stable), of what the metric's rule compares. Null before a window had both arms. */
export const cellInterval = (cell: Cell, judged: JudgedMetric, alpha: number): Limits | null =>
  ruleOf(judged.metric).interval(cell.state, judged, alpha);

/** What the candidate may cost at most, at level alpha; null where the rule can't tell, and before both arms had data. */
export const cellHarm = (cell: Cell, { metric }: JudgedMetric, alpha: number): Harm | null =>
  ruleOf(metric).harm(cell.state, alpha);
