import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { logSignTestE } from '../rules/formulas/sign-test.ts';

/** Pairs of a shadow and the live answer to the same request; ties are `pairs` − worse − better. */
export type Signs = {
  pairs: number;
  worse: number;
  better: number;
  errors: number;
  notApplicable: number;
  sum: number;
};

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

const logE = ({ worse, better }: Signs): number => logSignTestE(worse, worse + better);

/**
 * Whether stable, replayed, looks worse than itself: then replaying is biased, and the comparison with it. E against
 * "worse and better are equally likely" at level 0.05.
 */
export const noiseIsBiased = (cell: ShadowCell): boolean => logE(cell.noise) >= Math.log(20);

/**
 * The sign test on all pairs. Where the noise floor is itself lopsided the metric can't convict: its e-value is cut at 1, which keeps it an
 * e-value, as min(e, 1) ≤ e.
 */
export const shadowLogE = (cell: ShadowCell): number =>
  noiseIsBiased(cell) ? Math.min(0, logE(cell.candidate)) : logE(cell.candidate);

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
