import type { RoutingView } from '../../schemas/routing-view.ts';
import type { SamplingPlan } from './sampling.ts';
import type { RolloutFacts } from './model-scoring.ts';

const KEPT_PLANS = 1_000;

/**
 * What routing views have told so far. A rollout's plan is kept after its end, because its last exchanges are still on their
 * way then; `learn` takes each new view.
 */
export const createRolloutFacts = (): RolloutFacts & { learn: (view: RoutingView) => void } => {
  const plans = new Map<string, SamplingPlan>();
  const models = new Map<string, string>();
  const keyOf = (agent: string, name: string): string => `${agent} ${name}`;
  return {
    learn: ({ agent, rollout, judging, salt, versions }) => {
      for (const { label, upstreamModel } of versions) models.set(keyOf(agent, label), upstreamModel);
      if (rollout === '') return;
      plans.delete(keyOf(agent, rollout));
      plans.set(keyOf(agent, rollout), { judging, salt });
      const oldest = plans.size > KEPT_PLANS ? plans.keys().next().value : undefined;
      if (oldest !== undefined) plans.delete(oldest);
    },
    planOf: ({ agent, rollout }) => plans.get(keyOf(agent, rollout)),
    modelOf: (agent, version) => models.get(keyOf(agent, version)) ?? '',
  };
};
