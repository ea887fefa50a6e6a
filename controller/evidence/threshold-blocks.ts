import { numberText } from '../../schemas/decision-text.ts';
import type { ThresholdSpec } from '../../schemas/documents.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import type { Evidence } from '../../schemas/decision.ts';
import { windowKeyText, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { MAX_KEYS } from './cell.ts';
import { liveTopic } from '../rollout/metric-plan.ts';
import { checkThresholds, type ThresholdVerdict } from '../rules/thresholds.ts';
import { addRow, EMPTY_SUMMARY, type PooledSummary } from '../rules/pooled-summary.ts';
import { ruleOf } from '../rules/table.ts';

/** Fewer values than this of an arm say nothing; windows are joined until both arms (stable only where compared) have as many. */
export const MIN_THRESHOLD_VALUES = 30;

/** Windows joined, and the keys of the latest of them. */
type Joined = { candidate: PooledSummary; stable: PooledSummary; keys: readonly string[] };
const NONE: Joined = { candidate: EMPTY_SUMMARY, stable: EMPTY_SUMMARY, keys: [] };

/** What the plain checker gathers for one threshold: the block of windows not checked yet, the block checked last, and its verdict. */
export type ThresholdBlock = Joined & {
  checked: Joined;
  verdict: ThresholdVerdict | null;
  /** The stage in which it was last checked; −2 before. */
  checkedInStage: number;
};

export const newBlock = (): ThresholdBlock => ({
  ...NONE,
  checked: NONE,
  verdict: null,
  checkedInStage: -2,
});

/**
 * Adds one window's rows to a threshold's block; a full block is checked and the next one begins empty. A failed verdict
 * stays. Arms are compared by what the metric's rule shows them by: rates and scores by their mean, measures by the quantile in their name.
 */
export const stepBlock = (
  block: ThresholdBlock,
  threshold: ThresholdSpec,
  rows: readonly WindowRow[],
  stage: number,
): ThresholdBlock => {
  if (block.verdict?.outcome === 'fail') return block;
  const own = rows.filter(
    (row) =>
      row.metric === metricOrRubric(threshold.metric).rows &&
      row.slice === ALL &&
      row.kind === 'live' &&
      row.sourceTopic === liveTopic(row.metric),
  );
  const candidate = own.filter((row) => row.arm === 'candidate').reduce(addRow, block.candidate);
  const stable = own.filter((row) => row.arm === 'stable').reduce(addRow, block.stable);
  const keys = [...block.keys, ...own.map(windowKeyText)].slice(-MAX_KEYS);
  const needsStable = threshold.maxRelativeIncrease !== undefined || threshold.maxRelativeDecrease !== undefined;
  if (candidate.count < MIN_THRESHOLD_VALUES || (needsStable && stable.count < MIN_THRESHOLD_VALUES))
    return { ...block, candidate, stable, keys };
  const verdict = checkThresholds({
    metric: threshold.metric,
    candidate: valueOf(threshold.metric, candidate),
    baseline: valueOf(threshold.metric, stable),
    candidateN: candidate.count,
    baselineN: stable.count,
    rule: threshold,
  });
  return { ...newBlock(), checked: { candidate, stable, keys }, verdict, checkedInStage: stage };
};

/** The breach in words; null where the threshold holds. */
export const breachText = ({ verdict }: ThresholdBlock): string | null => {
  if (verdict?.outcome !== 'fail') return null;
  const [{ rule, value, limit, candidate, baseline }] = verdict.breaches;
  const against = baseline === null ? '' : ` against stable ${numberText(baseline)} (n=${verdict.baselineN})`;
  const side = rule.startsWith('max') ? 'above' : 'below';
  return `${verdict.metric}: candidate ${numberText(candidate)} (n=${verdict.candidateN})${against} is ${side} ${numberText(limit)} (${rule} ${value}); plain thresholds, no bounded error`;
};

/** What the plain checker looked at last, for the reader of a decision; none before a threshold's first check. */
export const thresholdEntries = (blocks: readonly ThresholdBlock[]): Evidence[] =>
  blocks.flatMap((block) => {
    const { verdict, checked } = block;
    if (verdict === null) return [];
    const { metric, candidateN, baselineN } = verdict;
    return [
      plainEntry(metric, breachText(block), {
        candidateValue: valueOf(metric, checked.candidate) ?? null,
        stableValue: valueOf(metric, checked.stable) ?? null,
        candidateCount: candidateN,
        stableCount: baselineN,
      }),
    ];
  });

type PlainValues = Pick<Evidence, 'candidateValue' | 'stableValue' | 'candidateCount' | 'stableCount'>;

/** What a plain limit shows of a metric: values alone, and no evidence. @param breach in words; null while it holds. */
export const plainEntry = (metric: string, breach: string | null, values: PlainValues): Evidence => ({
  metric,
  slice: ALL,
  rule: 'plain threshold',
  ...values,
  logE: null,
  weight: 0,
  difference: null,
  lower: null,
  upper: null,
  logProof: null,
  pairsWorse: null,
  pairsBetter: null,
  arm: null,
  tolerated: null,
  detail: breach ?? `${metric}: its thresholds held when last checked`,
});

/** The windows of the threshold that is broken; null while all hold. */
export const brokenKeys = (blocks: readonly ThresholdBlock[]): readonly string[] | null =>
  blocks.find(({ verdict }) => verdict?.outcome === 'fail')?.checked.keys ?? null;

/** What an arm's values are shown by; undefined without any. */
export const valueOf = (name: string, summary: PooledSummary): number | undefined => {
  const metric = metricOrRubric(name);
  return ruleOf(metric).value(metric, summary) ?? undefined;
};
