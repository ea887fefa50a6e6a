import type { BoundName } from '../../../schemas/gate-criterion.ts';
import type { SliceGroup } from './slice-groups.ts';

export type Outcome = 'pass' | 'fail' | 'inconclusive';

/** How many questions stand behind a row. */
export type Counts = {
  /** That the row is about. */
  questions: number;
  /** That have a value (of a bound), or one on both sides (of a comparison). */
  used: number;
  /** Independent observations among these: a session's questions are one. */
  clusters: number;
  /** That should have had a value on either side, in some repeat, and have none. */
  missing: number;
  /** To which the metric applies on the baseline's side alone, and on the candidate's alone. */
  onlyBaseline: number;
  onlyCandidate: number;
};

/** One thing that was asked of one metric or check, over all questions or over a slice of them. */
export type GateRow = {
  /** Of the metric or check. */
  name: string;
  isCheck: boolean;
  asked: BoundName | 'minPct' | 'maxDropPct';
  /** Of `minPct` and `maxDropPct` in percent, else in the metric's unit. */
  threshold: number;
  slice: SliceGroup['slice'];
  /** In the metric's unit: a mean (of a comparison of latencies and the like a geometric one), a quantile, or the share that keeps a check. */
  candidate: number | null;
  baseline: number | null;
  difference: number | null;
  /** By how much of the baseline's value the candidate is worse; negative: better. Null without one, and of a baseline of 0. */
  dropPct: number | null;
  /** Of `maxDropPct`: that it is no worse but by chance, adjusted for all comparisons of the gate. */
  p: number | null;
  counts: Counts;
  verdict: Outcome;
  sentence: string;
  /** The questions that speak most against the candidate, the worst first. */
  worst: readonly string[];
};

/** Beyond this share of questions without a value that should have one, nothing is passed. */
export const MAX_MISSING_SHARE = 0.05;

/** Values of which one is beyond the other by no more than floating point makes of the same are the same. */
export const isBeyond = (value: number, limit: number): boolean => value > limit + 1e-9 * Math.max(1, Math.abs(limit));

const MAX_WORST = 10;

/** Of cases with how bad each is; what is not bad at all is none of the worst. */
export const worstOf = (cases: readonly { caseId: string; badness: number }[]): string[] =>
  cases
    .filter(({ badness }) => badness > 0)
    .sort((a, b) => b.badness - a.badness)
    .slice(0, MAX_WORST)
    .map(({ caseId }) => caseId);
