import type { RoutingView } from '../../schemas/routing-view.ts';
import { mayCall } from '../admission/authenticate.ts';
import { agentNotFound } from '../protocol/error-envelope.ts';
import { parseModel } from '../routing/route.ts';
import { JSON_HEADERS } from './endpoint.ts';
import type { Handle, Refuse } from './endpoint.ts';

export type ModelsDeps = { views: ReadonlyMap<string, RoutingView>; refuse: Refuse };

/** What is no valid escape stays as it is: no agent has such a name. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const modelOf = ({ agent, issuedAt }: RoutingView) => ({
  id: agent,
  object: 'model',
  created: Math.floor(issuedAt / 1000),
  owned_by: 'coalmine',
});

/** The agents that a caller may call, as OpenAI's models. */
export const createModels = ({ views, refuse }: ModelsDeps): { list: Handle; one: Handle } => ({
  list: (_client, { principal }, reply) => {
    const mine = [...views.values()].filter(({ agent }) => mayCall(principal, agent));
    reply.send(200, JSON_HEADERS, JSON.stringify({ object: 'list', data: mine.map(modelOf) }));
  },
  one: (client, { principal }, reply) => {
    const { agent } = parseModel(unescaped(client.path.slice('/v1/models/'.length)));
    const view = mayCall(principal, agent) ? views.get(agent) : undefined;
    if (view === undefined) return refuse(reply, agentNotFound(agent));
    reply.send(200, JSON_HEADERS, JSON.stringify(modelOf(view)));
  },
});
