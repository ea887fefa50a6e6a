import type { AgentDocument } from '../../schemas/documents.ts';
import type { Issue } from '../../schemas/problem.ts';
import { didYouMean } from '../../schemas/did-you-mean.ts';
import { checksOf } from '../rollout/checks.ts';
import type { RolloutSpec } from '../rollout/strategy.ts';

/** Addresses are the operator's, and a document can name no others. */
const issuesAt = (path: string, endpoint: string, endpoints: readonly string[]): Issue[] => {
  if (endpoints.includes(endpoint)) return [];
  const known = endpoints.length === 0 ? 'it has none' : `it has ${endpoints.join(', ')}`;
  return [
    {
      path,
      reason: `the controller has no check endpoint ${endpoint}${didYouMean(endpoint, endpoints)} Its operator names them with CONTROLLER_CHECK_ENDPOINTS: ${known}`,
    },
  ];
};

/** What is wrong with those whom a rollout's checks ask. */
export const checkEndpointIssues = (spec: RolloutSpec, endpoints: readonly string[]): Issue[] =>
  checksOf(spec).flatMap(({ webhook, prometheus }, i) => {
    const [kind, endpoint] = webhook ? ['webhook', webhook.endpoint] : ['prometheus', prometheus?.endpoint ?? ''];
    return issuesAt(`spec.checks.${i}.${kind}.endpoint`, endpoint, endpoints);
  });

/** What is wrong with those that an agent's gauges are read from. */
export const gaugeEndpointIssues = ({ gauges }: AgentDocument['spec'], endpoints: readonly string[]): Issue[] =>
  gauges.flatMap(({ prometheus: { endpoint } }, i) =>
    issuesAt(`spec.gauges.${i}.prometheus.endpoint`, endpoint, endpoints),
  );
