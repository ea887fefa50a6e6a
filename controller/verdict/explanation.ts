import type { Evidence as Entry } from '../../schemas/decision.ts';
import { eText, numberText } from '../../schemas/decision-text.ts';
import type { Metric } from '../../schemas/metrics.ts';
import { ALL } from '../../schemas/window.ts';
import { cellInterval, cellProof } from '../evidence/cell.ts';
import { cellKey, type Evidence } from '../evidence/evidence.ts';
import type { MetricPlan } from '../rollout/metric-plan.ts';
import { errorShare, noiseIsBiased, type ShadowCell } from '../evidence/shadow-cell.ts';
import type { Proof } from './proof.ts';
import { mean, NOTHING, quantileShown, type Shown, valueShown } from '../evidence/shown.ts';
import { type Component, decidesInShadow, type Verdict } from './verdict.ts';

/** So many slices are told of in a decision, which must fit into one record of the log. */
export const MAX_SLICE_ENTRIES = 20;

/** The deciding metric in words that a reader can check against the topic. */
export const explain = (verdict: Verdict, evidence: Evidence): string => {
  const { metric, slice, detail } = entryOf(verdict.decides, evidence, alphaOf(verdict));
  const where = slice === ALL ? '' : ` on ${slice}`;
  const relation = verdict.logE >= verdict.logThreshold ? '≥' : '<';
  return `${metric}${where}: ${detail}; E=${eText(verdict.logE)} ${relation} ${eText(verdict.logThreshold)}`;
};

/** A pass in words: nothing is proven worse, which is not yet proof of being as good. */
export const explainPass = (verdict: Verdict): string =>
  `nothing proven worse, E=${eText(verdict.logE)} < ${eText(verdict.logThreshold)}`;

const alphaOf = ({ logThreshold }: Verdict): number => Math.exp(-logThreshold);

/** How far the proof is, in words: whether all is proven, and by the metric that is furthest from it. */
export const explainProof = ({ isProven, least, parts, logThreshold }: Proof): string => {
  if (least === null) return 'no metric has data to prove anything by';
  const told = `${least.plan.spec.name} e=${eText(least.logE)} ${isProven ? '≥' : '<'} ${eText(logThreshold)}`;
  return isProven
    ? `all of ${parts.length} metrics are proven within tolerance, the least ${told}`
    : `not proven yet: ${told}`;
};

/** Every metric's whole, then the slices that add most to E. Of the shadow only what has data. */
export const evidenceEntries = (verdict: Verdict, evidence: Evidence): Entry[] => {
  const { components } = verdict;
  const whole = components.filter(
    ({ phase, plan, slice }) =>
      slice === ALL && (phase === 'canary' || evidence.shadowCells.has(cellKey(plan.spec.name, slice))),
  );
  const slices = components
    .filter(
      ({ phase, plan, slice }) =>
        slice !== ALL &&
        (phase === 'canary' ? evidence.cells : evidence.shadowCells).has(cellKey(plan.spec.name, slice)),
    )
    .sort((a, b) => Math.log(b.weight) + b.logE - Math.log(a.weight) - a.logE)
    .slice(0, MAX_SLICE_ENTRIES);
  return [...whole, ...slices].map((component) => entryOf(component, evidence, alphaOf(verdict)));
};

/** The keys of the latest windows that the deciding e-value rests on. */
export const decidingKeys = ({ decides: { phase, plan, slice } }: Verdict, evidence: Evidence): string[] => {
  const cells = phase === 'canary' ? evidence.cells : evidence.shadowCells;
  return [...(cells.get(cellKey(plan.spec.name, slice))?.keys ?? [])];
};

const entryOf = (component: Component, evidence: Evidence, alpha: number): Entry =>
  component.phase === 'canary' ? canaryEntry(component, evidence, alpha) : shadowEntry(component, evidence);

const NO_INTERVAL = { difference: null, lower: null, upper: null, logProof: null };

/** Which rule a metric is judged by. */
const ruleOf = (metric: Metric): string => {
  const { family, quantile } = metric;
  if (family === 'score') return 'bounded score';
  if (family !== 'measure') return 'rate ratio';
  return quantile === null ? 'mean ratio' : `${readingOf(metric)} exceedances`;
};

/** As the values are shown: of a metric of which more is better, p99 is the slowest percent, so p1. */
const readingOf = (metric: Metric): string => {
  const quantile = quantileShown(metric);
  return quantile === null ? 'mean' : `p${Math.round(quantile * 100)}`;
};

const canaryEntry = ({ plan, slice, weight, logE }: Component, evidence: Evidence, alpha: number): Entry => {
  const cell = evidence.cells.get(cellKey(plan.spec.name, slice));
  const { family, unit } = plan.metric;
  const candidate = cell?.candidate ?? NOTHING;
  const stable = cell?.stable ?? NOTHING;
  const unitText = family === 'measure' ? ` ${unit} (${readingOf(plan.metric)})` : '';
  const arm = (shown: Shown): string =>
    shown.count === 0 ? 'none (n=0)' : `${numberText(valueShown(plan.metric, shown))}${unitText} (n=${shown.count})`;
  const interval = cell === undefined ? null : cellInterval(cell, plan, alpha);
  return {
    metric: plan.spec.name,
    slice,
    rule: ruleOf(plan.metric),
    candidateValue: valueShown(plan.metric, candidate),
    stableValue: valueShown(plan.metric, stable),
    candidateCount: candidate.count,
    stableCount: stable.count,
    logE,
    weight,
    ...(interval ?? { difference: null, lower: null, upper: null }),
    logProof: cell === undefined || !plan.spec.promotes || slice !== ALL ? null : cellProof(cell, plan),
    detail: `candidate ${arm(candidate)} against stable ${arm(stable)}${intervalText(plan, interval)}, e=${eText(logE)}, ${tolerance(plan)}`,
  };
};

const intervalText = (
  { metric }: MetricPlan,
  interval: { difference: number; lower: number; upper: number } | null,
): string => {
  if (interval === null) return '';
  const { difference, lower, upper } = interval;
  const of =
    metric.family === 'measure' && metric.quantile !== null
      ? ` of the share ${metric.better === 'lower' ? 'above' : 'below'} stable's ${readingOf(metric)}`
      : '';
  return `, difference${of} ${numberText(difference)} [${numberText(lower)}, ${numberText(upper)}]`;
};

const tolerance = ({ spec, metric }: MetricPlan): string => {
  if (metric.family === 'score') return `tolerated loss ${spec.delta0}`;
  if (metric.family === 'measure') return `tolerated ratio of the ${readingOf(metric)} ${spec.p99Ratio}`;
  return `tolerated ratio of ${metric.better === 'lower' ? 'the rate' : 'failures'} ${spec.r0}`;
};

const shadowEntry = ({ plan, slice, weight, logE }: Component, evidence: Evidence): Entry => {
  const key = cellKey(plan.spec.name, slice);
  const cell = evidence.shadowCells.get(key);
  const live = evidence.cells.get(key)?.stable ?? NOTHING;
  const pairs = cell?.candidate.pairs ?? 0;
  return {
    metric: plan.spec.name,
    slice,
    rule: 'shadow sign test',
    candidateValue: cell === undefined || pairs === 0 ? null : cell.candidate.sum / pairs,
    stableValue: mean(live),
    candidateCount: pairs,
    stableCount: live.count,
    logE: decidesInShadow(plan) ? logE : null,
    weight,
    ...NO_INTERVAL,
    detail: `${cell === undefined ? 'no pairs yet' : pairText(cell)}${decidesInShadow(plan) ? `, e=${eText(logE)}` : ', advisory in shadow'}`,
  };
};

const pairText = (cell: ShadowCell): string => {
  const { candidate, noise } = cell;
  const bias = noiseIsBiased(cell) ? ', LOPSIDED: replaying is biased, so this metric can’t convict' : '';
  const floor =
    noise.pairs === 0
      ? 'no noise floor'
      : `stable against itself: worse in ${noise.worse}, better in ${noise.better} of ${noise.pairs}${bias}`;
  const errors = errorShare(candidate) > 0 ? `, ${candidate.errors} pairs could not be scored` : '';
  return `shadow worse in ${candidate.worse}, better in ${candidate.better} of ${candidate.pairs} pairs (${floor})${errors}`;
};
