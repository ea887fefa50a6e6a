import { COMPLETIONS, RESPONSES } from '../protocol/dialect.ts';
import { createAgentProxy } from './agent-proxy.ts';
import type { AgentProxyDeps } from './agent-proxy.ts';
import type { Endpoint } from './endpoint.ts';
import { createFeedback } from './feedback.ts';
import type { FeedbackDeps } from './feedback.ts';
import { createGenerate } from './generate.ts';
import type { GenerateDeps } from './generate.ts';
import { createHealth } from './health.ts';
import type { HealthDeps } from './health.ts';
import { createModels } from './models.ts';
import type { ModelsDeps } from './models.ts';

export type EndpointDeps = GenerateDeps & AgentProxyDeps & FeedbackDeps & HealthDeps & ModelsDeps;

/** Where agents speak their own protocols, WebSocket among them. */
export const AGENTS = '/agents/*';

/** Every endpoint of the front door. Another method gets 405, any other path 404. */
export const createEndpoints = (deps: EndpointDeps): Endpoint[] => {
  const generate = createGenerate(deps, COMPLETIONS);
  const respond = createGenerate(deps, RESPONSES);
  const models = createModels(deps);
  const health = createHealth(deps);
  const post = { method: 'POST', access: 'caller', body: 'whole' } as const;
  const get = { method: 'GET', body: 'none' } as const;
  return [
    { ...post, path: '/v1/chat/completions', handle: generate },
    { ...post, path: '/v1/completions', handle: generate },
    { ...post, path: '/v1/embeddings', handle: generate },
    { ...post, path: '/v1/responses', handle: respond },
    { ...post, path: '/v1/feedback', handle: createFeedback(deps) },
    { ...get, path: '/v1/models', access: 'caller', handle: models.list },
    { ...get, path: '/v1/models/*', access: 'caller', handle: models.one },
    { method: 'ANY', path: AGENTS, access: 'caller', body: 'uploaded', handle: createAgentProxy(deps) },
    { ...get, path: '/livez', access: 'open', handle: health.alive },
    { ...get, path: '/readyz', access: 'open', handle: health.ready },
    { ...get, path: '/metrics', access: 'operator', handle: health.metrics },
  ];
};
