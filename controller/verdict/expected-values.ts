import { ALL } from '../../schemas/whole-slice.ts';
import { type RecentTraffic, type SeenValues, seenValues } from '../evidence/recent-traffic.ts';
import { cellKey, type RolloutEvidence } from '../evidence/rollout-evidence.ts';
import type { MetricPlan } from '../rollout/metric-plan.ts';
import type { Level } from '../rules/decision-rule.ts';
import { appliesOften } from '../rules/pooled-summary.ts';
import { ruleOf } from '../rules/table.ts';
import { promotionWaitsFor } from './proof.ts';

/** What the values to come of one metric are taken to be, in both arms. */
export type ExpectedValues = { level: Level; applies: number };

const levelOf = ({ count, sum, squares, bins }: SeenValues): Level => {
  const mean = count === 0 ? 0 : sum / count;
  return { count, mean, variance: count === 0 ? 0 : Math.max(0, squares / count - mean ** 2), bins };
};

/**
 * The metrics that a promotion is going to wait for, with what stable's answers were worth of late. Of a metric that is named and has no
 * value yet nothing can be told: null. Before any traffic all are assumed to apply to all answers.
 */
export const expectedOf = (
  plans: readonly MetricPlan[],
  evidence: RolloutEvidence,
  traffic: RecentTraffic,
): Map<MetricPlan, ExpectedValues | null> => {
  const isUnseen = traffic.newer === null;
  const found = new Map<MetricPlan, ExpectedValues | null>();
  for (const plan of plans) {
    if (!plan.spec.promotes) continue;
    const seen = seenValues(traffic, plan.metric.rows);
    const cell = evidence.cells.get(cellKey(plan.spec.name, ALL));
    if (isUnseen) found.set(plan, { applies: 1, level: ruleOf(plan.metric).assumed(plan.metric) });
    else if (seen !== null && seen.count > 0 && (plan.named || appliesOften(seen)))
      found.set(plan, { level: levelOf(seen), applies: seen.count / (seen.count + seen.notApplicable) });
    else if (promotionWaitsFor(plan, cell)) found.set(plan, null);
  }
  return found;
};
