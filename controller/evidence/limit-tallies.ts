import { numberText } from '../../schemas/decision-text.ts';
import type { Evidence } from '../../schemas/decision.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { windowKeyText, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import type { MetricLimit } from '../rollout/limits.ts';
import { addRow, EMPTY_SUMMARY, type PooledSummary } from '../rules/pooled-summary.ts';
import { MAX_KEYS } from './cell.ts';
import { plainEntry, valueOf } from './threshold-blocks.ts';

/** What the candidate showed in the stage that it is in, of one metric with a limit. Before the first row the stage is −2. */
export type LimitTally = { stage: number; candidate: PooledSummary; keys: readonly string[] };

export const newTally = (): LimitTally => ({ stage: -2, candidate: EMPTY_SUMMARY, keys: [] });

/** The tally after one window's rows of the candidate, by their stage; those of a stage that is over count for nothing. */
export const stepTally = (
  before: LimitTally,
  { metric }: MetricLimit,
  rows: readonly { row: WindowRow; stage: number }[],
): LimitTally =>
  rows.reduce((tally, { row, stage }) => {
    const counts = row.metric === metricOrRubric(metric).rows && row.slice === ALL && stage >= tally.stage;
    if (!counts) return tally;
    const { candidate, keys } = stage > tally.stage ? newTally() : tally;
    return { stage, candidate: addRow(candidate, row), keys: [...keys, windowKeyText(row)].slice(-MAX_KEYS) };
  }, before);

/** Whether a value breaks the limit. */
export const isBeyond = ({ side, limit }: Pick<MetricLimit, 'side' | 'limit'>, value: number): boolean =>
  side === 'max' ? value > limit : value < limit;

/** The breach in words: what the candidate's value in this stage is, and beyond what; null while the limit holds, or too few values are there. */
export const limitBreach = (of: MetricLimit, { candidate }: LimitTally): string | null => {
  const { metric, side, limit, minRequests } = of;
  const value = valueOf(metric, candidate);
  if (value === undefined || candidate.count < minRequests || !isBeyond(of, value)) return null;
  const where = side === 'max' ? 'above' : 'below';
  return `${metric}: candidate ${numberText(value)} (n=${candidate.count}) is ${where} ${numberText(limit)} (${side} ${numberText(limit)}); an absolute limit, no bounded error`;
};

/** Whether there are values enough in a stage to hold against the limit. */
export const isHeld = ({ minRequests }: MetricLimit, tally: LimitTally | undefined, stage: number): boolean =>
  tally?.stage === stage && tally.candidate.count >= minRequests;

/** For the reader of a decision: the value of each metric that has a limit, once there are values enough. */
export const limitEntries = (limits: readonly MetricLimit[], tallies: readonly LimitTally[]): Evidence[] =>
  limits.flatMap((limit, i) => {
    const tally = tallies[i];
    if (tally === undefined || tally.candidate.count < limit.minRequests) return [];
    return [
      plainEntry(limit.metric, limitBreach(limit, tally), {
        candidateValue: valueOf(limit.metric, tally.candidate) ?? null,
        stableValue: null,
        candidateCount: tally.candidate.count,
        stableCount: 0,
      }),
    ];
  });

/** The windows of the limit that is broken; null while all hold. */
export const brokenLimitKeys = (
  limits: readonly MetricLimit[],
  tallies: readonly LimitTally[],
): readonly string[] | null =>
  tallies.find((tally, i) => limits[i] !== undefined && limitBreach(limits[i], tally) !== null)?.keys ?? null;
