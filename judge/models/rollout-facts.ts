import { LRUCache } from 'lru-cache';
import type { RoutingView } from '../../schemas/routing-view.ts';
import type { SamplingPlan } from './sampling.ts';
import type { RolloutFacts } from './model-scoring.ts';

const KEPT_PLANS = 1_000;

/**
 * What routing views have told so far. A rollout's plan is kept after its end, because its last exchanges are still on their
 * way then; `learn` takes each new view.
 */
export const createRolloutFacts = (): RolloutFacts & { learn: (view: RoutingView) => void } => {
  const plans = new LRUCache<string, SamplingPlan>({ max: KEPT_PLANS });
  const models = new Map<string, string>();
  const keyOf = (agent: string, name: string): string => `${agent} ${name}`;
  return {
    learn: ({ agent, rollout, judging, judgedPct, salt, versions }) => {
      for (const { label, upstreamModel } of versions) models.set(keyOf(agent, label), upstreamModel);
      // Answers of a version in service belong to no rollout, also such as come late.
      plans.set(keyOf(agent, ''), { judging: { candidatePct: judgedPct, stablePct: judgedPct }, salt: agent });
      if (rollout !== '') plans.set(keyOf(agent, rollout), { judging, salt });
    },
    planOf: ({ agent, rollout }) => plans.get(keyOf(agent, rollout)),
    modelOf: (agent, version) => models.get(keyOf(agent, version)) ?? '',
  };
};
