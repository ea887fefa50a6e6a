import { MICRO, type WindowRow } from '../../schemas/window.ts';
import type { JudgedMetric, Signs } from '../rules/decision-rule.ts';
import { logSignTestE } from '../rules/formulas/sign-test.ts';
import { ruleOf } from '../rules/table.ts';

/** One metric in one slice while in shadow: the candidate against live, and stable against itself (the noise floor). */
export type ShadowCell = { candidate: Signs; noise: Signs; keys: readonly string[] };

const MAX_KEYS = 200;
const NONE: Signs = { pairs: 0, worse: 0, better: 0, errors: 0, notApplicable: 0, sum: 0 };
export const newShadowCell = (): ShadowCell => ({ candidate: NONE, noise: NONE, keys: [] });

export const stepShadowCell = (cell: ShadowCell, rows: readonly WindowRow[], keys: readonly string[]): ShadowCell => ({
  candidate: rows.filter((row) => row.kind === 'shadow').reduce(addSigns, cell.candidate),
  noise: rows.filter((row) => row.kind === 'noise').reduce(addSigns, cell.noise),
  keys: [...cell.keys, ...keys].slice(-MAX_KEYS),
});

const signTest = ({ worse, better }: Signs): number => logSignTestE(worse, worse + better);

/**
 * Whether stable, replayed, looks worse than itself: then replaying is biased, and the comparison with it. E against
 * "worse and better are equally likely" at level 0.05.
 */
export const noiseIsBiased = (cell: ShadowCell): boolean => signTest(cell.noise) >= Math.log(20);

/**
 * The evidence of all pairs, by the sign test or the rule's own. Where the noise floor is itself lopsided the metric can't convict: its e-value is cut at 1, which keeps it an
 * e-value, as min(e, 1) ≤ e.
 */
export const shadowLogE = (cell: ShadowCell, judged: JudgedMetric): number => {
  const logE = ruleOf(judged.metric).logPairsE?.(cell.candidate, judged) ?? signTest(cell.candidate);
  return noiseIsBiased(cell) ? Math.min(0, logE) : logE;
};

/** The share of pairs that could not be scored, of those the metric applies to; 0 without any. */
export const errorShare = ({ pairs, errors }: Signs): number => (pairs + errors === 0 ? 0 : errors / (pairs + errors));

/** The least share of pairs that a metric must apply to before the gate waits for its pairs. */
const MIN_APPLIES = 0.1;

/** Whether the gate waits for this metric: one that hardly ever applies is watched but would hold up the gate for ever. */
export const appliesToGate = ({ pairs, errors, notApplicable }: Signs): boolean =>
  pairs + errors > 0 && pairs + errors >= MIN_APPLIES * (pairs + errors + notApplicable);

const addSigns = (signs: Signs, row: WindowRow): Signs => ({
  pairs: signs.pairs + row.count,
  worse: signs.worse + row.worse,
  better: signs.better + row.better,
  errors: signs.errors + row.errors,
  notApplicable: signs.notApplicable + row.notApplicable,
  sum: signs.sum + row.sumMicro / MICRO,
});
