import type { AgentPolicy, IngressPolicy } from '../../schemas/ingress-policy.ts';
import { agentPolicies } from './agent-policy.ts';

/** What is made of something that changes seldom, such as a policy: made anew only when that is another object. */
export const madeOncePer = <Source, Made>(source: () => Source, make: (source: Source) => Made): (() => Made) => {
  let from = source();
  let made = make(from);
  return () => {
    const now = source();
    if (now === from) return made;
    from = now;
    made = make(now);
    return made;
  };
};

/** The ingress policy as it is now. A change of the document is in force with the next question. */
export type PolicyInForce = {
  current(): IngressPolicy;
  ofAgent(agent: string): AgentPolicy;
};

/** @param current gives another object whenever the policy changed. */
export const createPolicyInForce = (current: () => IngressPolicy): PolicyInForce => {
  const agents = madeOncePer(current, agentPolicies);
  return { current, ofAgent: (agent) => agents()(agent) };
};
