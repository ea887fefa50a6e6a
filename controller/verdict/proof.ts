import type { CanarySpec } from '../../schemas/documents.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { type Cell, cellLogProof } from '../evidence/cell.ts';
import { cellKey, type RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { type MetricPlan, metricPlans } from '../rollout/metric-plan.ts';
import { appliesOften } from '../rules/pooled-summary.ts';

/** One metric's evidence for "good enough to promote". */
export type ProofPart = { plan: MetricPlan; logE: number };
export type Proof = {
  /** Every metric that counts has reached 1/α. */
  isProven: boolean;
  logThreshold: number;
  parts: readonly ProofPart[];
  /** The part that is furthest from its proof; null where nothing has data yet. */
  least: ProofPart | null;
};

/**
 * Promotion by proof: for every metric an e-value against "worse than is tolerated" of 1/α or more. That all are reached is a
 * test of level α for "at least one metric is worse than tolerated", whatever the number of metrics (intersection–union,
 * Berger 1982): the one that is worse reaches 1/α with a chance of at most α, however often anyone looks (Ville 1939).
 *
 * A metric counts if it may promote and the document names it; of the built-in list those that apply to a tenth of the
 * answers or more. One that is named and has no data yet stands at e = 1, so that silence promotes nothing.
 */
export const proofOf = (evidence: RolloutEvidence, spec: CanarySpec): Proof => {
  const logThreshold = Math.log(1 / spec.alpha);
  const parts = metricPlans(spec).flatMap((plan): ProofPart[] => {
    const cell = evidence.cells.get(cellKey(plan.spec.name, ALL));
    return promotionWaitsFor(plan, cell) ? [{ plan, logE: proofIn(cell, plan) }] : [];
  });
  const least = parts.reduce<ProofPart | null>(
    (low, part) => (low === null || part.logE < low.logE ? part : low),
    null,
  );
  return { isProven: least !== null && least.logE >= logThreshold, logThreshold, parts, least };
};

/** Of a metric that a promotion waits for. */
export const proofIn = (cell: Cell | undefined, plan: MetricPlan): number =>
  cell === undefined ? 0 : cellLogProof(cell, plan);

/** Whether a promotion waits for the metric. */
export const promotionWaitsFor = (plan: MetricPlan, cell: Cell | undefined): boolean =>
  plan.spec.promotes && (plan.named || (cell !== undefined && appliesOften(cell.candidate)));
