import type { Evidence } from '../../schemas/decision.ts';
import { eText, numberText } from '../../schemas/decision-text.ts';
import { APPLIES_IN_SHADOW, SHADOW_RULE } from '../../schemas/sentence/comparison.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { cellInterval } from '../evidence/cell.ts';
import { cellKey, type RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { errorShare, noiseIsBiased, type ShadowCell } from '../evidence/shadow-cell.ts';
import { type Proof, promotionWaitsFor, proofIn } from './proof.ts';
import type { Limits } from '../rules/formulas/interval.ts';
import { EMPTY_SUMMARY, pooledMean, type PooledSummary } from '../rules/pooled-summary.ts';
import type { MetricPlan } from '../rollout/metric-plan.ts';
import { ruleOf } from '../rules/table.ts';
import { type CanaryComponent, decidesInShadow, type CanaryVerdict } from './canary-verdict.ts';

/** So many slices are told of in a decision, which must fit into one record of the log. */
export const MAX_SLICE_ENTRIES = 20;

/** The deciding metric in words that a reader can check against the topic. */
export const explain = (verdict: CanaryVerdict, evidence: RolloutEvidence): string => {
  const { metric, slice, detail } = entryOf(verdict.decides, evidence, alphaOf(verdict));
  const where = slice === ALL ? '' : ` on ${slice}`;
  const relation = verdict.logE >= verdict.logThreshold ? '≥' : '<';
  return `${metric}${where}: ${detail}; E=${eText(verdict.logE)} ${relation} ${eText(verdict.logThreshold)}`;
};

/** A pass in words: nothing is proven worse, which is not yet proof of being as good. */
export const explainPass = (verdict: CanaryVerdict): string =>
  `nothing proven worse, E=${eText(verdict.logE)} < ${eText(verdict.logThreshold)}`;

const alphaOf = ({ logThreshold }: CanaryVerdict): number => Math.exp(-logThreshold);

/** How far the proof is, in words: whether all is proven, and by the metric that is furthest from it. */
export const explainProof = ({ isProven, least, parts, logThreshold }: Proof): string => {
  if (least === null) return 'no metric has data to prove anything by';
  const told = `${least.plan.spec.name} e=${eText(least.logE)} ${isProven ? '≥' : '<'} ${eText(logThreshold)}`;
  return isProven
    ? `all of ${parts.length} metrics are proven within tolerance, the least ${told}`
    : `not proven yet: ${told}`;
};

/**
 * Every metric's whole, then the slices that add most to E. Of the shadow only what has data; of the shares of answers that metrics
 * apply to only those that speak against the candidate: that one stays as it was is no news, and would double every list.
 */
export const evidenceEntries = (verdict: CanaryVerdict, evidence: RolloutEvidence): Evidence[] => {
  const components = verdict.components.filter(
    (one) => !one.plan.metric.isApplicability || one.logE >= Math.LN2 || one === verdict.decides,
  );
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
export const decidingKeys = (
  { decides: { phase, plan, slice } }: CanaryVerdict,
  evidence: RolloutEvidence,
): string[] => {
  const cells = phase === 'canary' ? evidence.cells : evidence.shadowCells;
  return [...(cells.get(cellKey(plan.spec.name, slice))?.keys ?? [])];
};

const entryOf = (component: CanaryComponent, evidence: RolloutEvidence, alpha: number): Evidence =>
  component.phase === 'canary' ? canaryEntry(component, evidence, alpha) : shadowEntry(component, evidence);

const NO_INTERVAL = { difference: null, lower: null, upper: null, logProof: null };
const NO_PAIRS = { pairsWorse: null, pairsBetter: null };

const canaryEntry = (
  { plan, slice, weight, logE }: CanaryComponent,
  evidence: RolloutEvidence,
  alpha: number,
): Evidence => {
  const cell = evidence.cells.get(cellKey(plan.spec.name, slice));
  const { metric } = plan;
  const { text, value, tolerated } = ruleOf(metric);
  const candidate = cell?.candidate ?? EMPTY_SUMMARY;
  const stable = cell?.stable ?? EMPTY_SUMMARY;
  const arm = (summary: PooledSummary): string =>
    summary.count === 0
      ? 'none (n=0)'
      : `${numberText(value(metric, summary))}${text.unit(metric)} (n=${summary.count})`;
  const interval = cell === undefined ? null : cellInterval(cell, plan, alpha);
  return {
    metric: plan.spec.name,
    slice,
    rule: text.rule(metric),
    candidateValue: value(metric, candidate),
    stableValue: value(metric, stable),
    candidateCount: candidate.count,
    stableCount: stable.count,
    logE,
    weight,
    ...(interval ?? { difference: null, lower: null, upper: null }),
    logProof: slice === ALL && promotionWaitsFor(plan, cell) ? proofIn(cell, plan) : null,
    ...NO_PAIRS,
    arm: null,
    tolerated: interval === null ? null : tolerated(plan, stable),
    detail: `candidate ${arm(candidate)} against stable ${arm(stable)}${intervalText(text.interval(metric), interval)}, e=${eText(logE)}, ${text.tolerance(plan)}`,
  };
};

const intervalText = (of: string, interval: Limits | null): string =>
  interval === null
    ? ''
    : `, difference${of} ${numberText(interval.difference)} [${numberText(interval.lower)}, ${numberText(interval.upper)}]`;

const shadowEntry = ({ plan, slice, weight, logE }: CanaryComponent, evidence: RolloutEvidence): Evidence => {
  const key = cellKey(plan.spec.name, slice);
  const cell = evidence.shadowCells.get(key);
  const live = evidence.cells.get(key)?.stable ?? EMPTY_SUMMARY;
  const pairs = cell?.candidate.pairs ?? 0;
  return {
    metric: plan.spec.name,
    slice,
    rule: plan.metric.isApplicability ? APPLIES_IN_SHADOW : SHADOW_RULE,
    candidateValue: cell === undefined || pairs === 0 ? null : cell.candidate.sum / pairs,
    stableValue: pooledMean(live),
    candidateCount: pairs,
    stableCount: live.count,
    logE: decidesInShadow(plan) ? logE : null,
    weight,
    ...NO_INTERVAL,
    pairsWorse: cell?.candidate.worse ?? 0,
    pairsBetter: cell?.candidate.better ?? 0,
    arm: null,
    tolerated: null,
    detail: `${cell === undefined ? 'no pairs yet' : pairText(cell, plan)}${decidesInShadow(plan) ? `, e=${eText(logE)}` : ', advisory in shadow'}`,
  };
};

const pairText = (cell: ShadowCell, { metric: { isApplicability } }: MetricPlan): string => {
  const { candidate, noise } = cell;
  const [worse, better] = isApplicability ? ['lost', 'gained'] : ['worse', 'better'];
  const bias = noiseIsBiased(cell) ? ', LOPSIDED: replaying is biased, so this metric can’t convict' : '';
  const floor =
    noise.pairs === 0
      ? 'no noise floor'
      : `stable against itself: ${worse} in ${noise.worse}, ${better} in ${noise.better} of ${noise.pairs}${bias}`;
  const errors = errorShare(candidate) > 0 ? `, ${candidate.errors} pairs could not be scored` : '';
  return `shadow ${worse} in ${candidate.worse}, ${better} in ${candidate.better} of ${candidate.pairs} pairs (${floor})${errors}`;
};
