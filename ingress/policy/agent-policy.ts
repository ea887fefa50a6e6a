import type { AgentPolicy, IngressPolicy } from '../../schemas/ingress-policy.ts';

/** The policy of each agent: its own words if it is named, else the defaults. Made once per policy. */
export const agentPolicies = ({ spec }: IngressPolicy): ((agent: string) => AgentPolicy) => {
  const named = new Map(Object.entries(spec.agents));
  return (agent) => named.get(agent) ?? spec.defaults;
};
