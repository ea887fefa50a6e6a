import type { Issue } from '../../schemas/problem.ts';
import { didYouMean } from '../../schemas/did-you-mean.ts';
import { checksOf } from '../rollout/checks.ts';
import type { RolloutSpec } from '../rollout/strategy.ts';

/** What is wrong with those whom a rollout's checks ask: addresses are the operator's, and a document can name no others. */
export const checkEndpointIssues = (spec: RolloutSpec, endpoints: readonly string[]): Issue[] =>
  checksOf(spec).flatMap(({ webhook, prometheus }, i) => {
    const [kind, endpoint] = webhook ? ['webhook', webhook.endpoint] : ['prometheus', prometheus?.endpoint ?? ''];
    if (endpoints.includes(endpoint)) return [];
    const known = endpoints.length === 0 ? 'it has none' : `it has ${endpoints.join(', ')}`;
    return [
      {
        path: `spec.checks.${i}.${kind}.endpoint`,
        reason: `the controller has no check endpoint ${endpoint}${didYouMean(endpoint, endpoints)} Its operator names them with CONTROLLER_CHECK_ENDPOINTS: ${known}`,
      },
    ];
  });
