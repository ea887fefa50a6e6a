import type { CanarySpec } from '../../schemas/documents.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { type Cell, cellHarm } from '../evidence/cell.ts';
import { cellKey, type RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { metricPlans } from '../rollout/metric-plan.ts';
import { ruleOf } from '../rules/table.ts';
import { promotionWaitsFor } from './proof.ts';

/**
 * Stable counts as if so much of all its answers were bad at least, in each metric. Where it makes next to no mistakes, a share of its own
 * would hold a good candidate at the least weight until some thousands of its requests were seen: 72 hours at 10 requests a minute.
 * So 1 of 200 requests may be answered worse, as long as no more than that is known; simulated candidates that fail 1 to 10 % of
 * theirs beside a flawless stable gave 6 to 7 bad answers until they were stopped, whether with this floor or a tenth of it.
 */
const LEAST_BAD = 0.05;

/** The share of the candidate's answers that the metric applies to: harm is what users see, so it counts over all of them. */
const appliesTo = ({ candidate: { count, notApplicable } }: Cell): number => count / Math.max(1, count + notApplicable);

/** A smaller change of the weight than this, as a ratio, is not worth a routing sequence of its own. */
const LEAST_CHANGE = 1.25;

/**
 * The limit of the harm steers and does not decide: one that holds at all times in every second rollout lets the weight rise in
 * time. In simulation less harm was done so than by the planned stages, since a worse candidate stays at the least weight.
 */
const STEERING_ALPHA = 0.5;

/**
 * The weight at which the candidate could, at worst, add `harmPct` to stable's bad answers: w = β·p_bad / u, within the
 * budget's limits and short of the holdback. p_bad is stable's bad rate, of all answers LEAST_BAD at least, and u the anytime upper limit of its excess bad rate (of a score: of its loss). The least
 * counts, over the metrics that know bad answers (rates and scores). Without any data, or before the judge has scored anything, u is
 * not known, and the weight is the least.
 */
export const budgetWeightPct = (evidence: RolloutEvidence, spec: CanarySpec): number => {
  const { harmPct } = spec.budget;
  const maxPct = Math.min(spec.budget.maxPct, 100 - spec.holdbackPct);
  const minPct = Math.min(spec.budget.minPct, maxPct);
  const plans = metricPlans(spec);
  const scored = plans.filter(({ metric }) => metric.source === 'scores');
  if (scored.length > 0 && !scored.some(({ metric }) => evidence.seenMetrics.has(metric.rows))) return minPct;
  const weights = plans.flatMap((plan) => {
    const cell = evidence.cells.get(cellKey(plan.spec.name, ALL));
    const { budgetedBad } = ruleOf(plan.metric);
    if (budgetedBad === null || !promotionWaitsFor(plan, cell)) return [];
    const harm = cell === undefined ? null : cellHarm(cell, plan, STEERING_ALPHA);
    if (harm === null || cell === undefined) return [minPct];
    const bad = Math.max(budgetedBad(harm.stableBad, plan), LEAST_BAD / appliesTo(cell));
    return [harm.excessUpper <= 0 ? maxPct : (harmPct * bad) / harm.excessUpper];
  });
  return Math.min(maxPct, Math.max(minPct, Math.min(...weights, weights.length === 0 ? minPct : maxPct)));
};

/** The weight to go to from `currentPct`, in tenths of a percent; null if it may stay. */
export const adjustedWeightPct = (currentPct: number, wantedPct: number): number | null => {
  const rounded = Math.round(wantedPct * 10) / 10;
  const ratio = rounded / currentPct;
  return ratio >= LEAST_CHANGE || ratio <= 1 / LEAST_CHANGE ? rounded : null;
};
