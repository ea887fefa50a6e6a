import { ALL } from '../../schemas/whole-slice.ts';
import { cellLogE } from '../evidence/cell.ts';
import { cellKey, type RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { cellShares, convictingPlans, type MetricPlan, type Slices } from '../rollout/metric-plan.ts';
import type { CanarySpec } from '../../schemas/documents.ts';
import { logWeightedMean } from '../rules/formulas/e-value-average.ts';
import { ruleOf } from '../rules/table.ts';
import { shadowLogE } from '../evidence/shadow-cell.ts';
import { hasShadowPhase } from '../rollout/strategy.ts';

/** One e-value in the average: a metric in a slice, as the shadow's pairs or the canary's requests speak of it. */
export type CanaryComponent = {
  phase: 'shadow' | 'canary';
  plan: MetricPlan;
  slice: string;
  weight: number;
  logE: number;
};

export type CanaryVerdict = {
  logE: number;
  logThreshold: number;
  /** Of the metric that has the largest part of E, the slice with the strongest evidence: what the decision is put down to. */
  decides: CanaryComponent;
  components: readonly CanaryComponent[];
};

/**
 * What all evidence comes to: E = Σ weight·e over metrics and slices, held against 1/α.
 *
 * α is for the whole rollout. One with a shadow phase gives half of E to the shadow's e-processes and half to the canary's:
 * each is an e-process under "the candidate is no worse", 1 before its data come and frozen after; so is their average
 * (Vovk & Wang 2021), and Ville's inequality bounds the chance that it ever reaches 1/α by α over both phases together.
 * Reaching 2/α in either phase alone is enough, so nothing is lost against a split of α in two.
 */
export const canaryVerdict = (evidence: RolloutEvidence, spec: CanarySpec, slices: Slices): CanaryVerdict => {
  const shadowPart = hasShadowPhase(spec) ? 0.5 : 0;
  const components = [
    ...convictingPlans(spec).flatMap((plan) => canaryComponents(evidence, plan, slices, 1 - shadowPart)),
    ...(shadowPart > 0 ? shadowComponents(evidence, spec, slices, shadowPart) : []),
  ];
  const { logE, decides } = logWeightedMean(components);
  return { logE, logThreshold: Math.log(1 / spec.alpha), decides: sharpest(components, decides), components };
};

/** One slice's collapse drags the whole along, and the whole weighs more; yet it is the slice that an operator must hear of. */
const sharpest = (components: readonly CanaryComponent[], largest: CanaryComponent): CanaryComponent =>
  components
    .filter((c) => c.weight > 0 && c.phase === largest.phase && c.plan.spec.name === largest.plan.spec.name)
    .reduce((best, c) => (c.logE > best.logE ? c : best), largest);

/** Whether the shadow may convict by a metric. Others, measures among them, only advise there. */
export const decidesInShadow = ({ metric }: MetricPlan): boolean => ruleOf(metric).decidesInShadow;

const canaryComponents = (
  evidence: RolloutEvidence,
  plan: MetricPlan,
  slices: Slices,
  part: number,
): CanaryComponent[] =>
  cellShares(plan, slices).map(({ slice, share }) => {
    const cell = evidence.cells.get(cellKey(plan.spec.name, slice));
    return { phase: 'canary', plan, slice, weight: part * share, logE: cell === undefined ? 0 : cellLogE(cell, plan) };
  });

/** What the shadow's advisory metrics weigh goes to the others; where none decides, its part of E stays 1. */
const shadowComponents = (
  evidence: RolloutEvidence,
  spec: CanarySpec,
  slices: Slices,
  part: number,
): CanaryComponent[] => {
  const plans = convictingPlans(spec);
  const total = plans.filter(decidesInShadow).reduce((sum, plan) => sum + plan.share, 0);
  if (total === 0)
    return plans.map((plan) => ({ phase: 'shadow', plan, slice: ALL, weight: part * plan.share, logE: 0 }));
  return plans.flatMap((plan) =>
    cellShares(plan, slices).map(({ slice, share }): CanaryComponent => {
      const cell = evidence.shadowCells.get(cellKey(plan.spec.name, slice));
      const decides = decidesInShadow(plan);
      const logE = cell === undefined || !decides ? 0 : shadowLogE(cell, plan);
      return { phase: 'shadow', plan, slice, weight: decides ? (part * share) / total : 0, logE };
    }),
  );
};
