import { mayCall } from '../admission/authenticate.ts';
import { withQuery } from '../protocol/client-call.ts';
import type { ReplyHeaders } from '../protocol/client-call.ts';
import { COMPLETIONS, RESPONSES } from '../protocol/dialect.ts';
import type { Dialect } from '../protocol/dialect.ts';
import { modelNotFound, unavailable } from '../protocol/error-envelope.ts';
import { readFeedback } from '../exchange/feedback.ts';
import { parseOpenAiRequest, responseIdOf, withModel } from '../protocol/openai-request.ts';
import type { OpenAiRequest } from '../protocol/openai-request.ts';
import { parseModel } from '../routing/route.ts';
import type { Target } from '../routing/route.ts';
import { Relay } from '../relay/relay.ts';
import type { RelayDeps } from '../relay/relay.ts';
import { RETRY_AFTER } from './request-routing.ts';
import type { RoutingDeps, RequestRouting } from './request-routing.ts';
import type { Append, Endpoint, Handle, Refuse } from '../service.ts';

export type OpenAiDeps = RoutingDeps & {
  routing: RequestRouting;
  relay: RelayDeps;
  refuse: Refuse;
  append: Append;
};

const JSON_HEADERS: ReplyHeaders = ['content-type', 'application/json'];
/** Enough to know a client's repeated call again; what came before a restart is known by its id downstream. */
const REMEMBERED_FEEDBACK = 100_000;

/** The version that answered goes on with the conversation. */
const rememberer =
  ({ conversations }: OpenAiDeps, agent: string, asked: OpenAiRequest) =>
  (served: Target, answer: Buffer): void => {
    const { label } = served.version;
    if (asked.goesOnFrom !== null) conversations.remember(agent, asked.goesOnFrom, label);
    const id = asked.isStored ? responseIdOf(answer) : null;
    if (id !== null) conversations.remember(agent, id, label);
  };

const createGenerate =
  (deps: OpenAiDeps, dialect: Dialect): Handle =>
  (client, admitted, reply) => {
    const startedMs = deps.relay.elapsedMs();
    const parsed = parseOpenAiRequest(client.body.toString());
    if ('error' in parsed) return deps.refuse(reply, parsed.error);
    const { request: asked } = parsed;
    const { agent, pin } = parseModel(asked.model);
    deps.routing.open(client, admitted.principal, { ...asked, agent, version: pin }, (opened) => {
      if (reply.isOver) return;
      if ('error' in opened) return deps.refuse(reply, opened.error, opened.headers);
      if (opened.headers.length > 0) reply.always([...admitted.headers, ...opened.headers]);
      const outgoing = {
        dialect,
        path: withQuery(client.path.slice('/v1'.length), client.query),
        bodyFor: ({ version }: Target) =>
          version.upstreamModel === '' ? client.body : withModel(client.body, version.upstreamModel),
        hidesCors: true,
        answered: dialect === RESPONSES ? rememberer(deps, agent, asked) : null,
        upload: null,
        maxBodyBytes: 0,
      };
      new Relay(deps.relay, opened.request, outgoing, reply, startedMs).start();
    });
  };

const createFeedback = (deps: OpenAiDeps): Handle => {
  const known = new Set<string>();
  return (client, _admitted, reply) => {
    const read = readFeedback(deps.secret, client.body.toString());
    if ('error' in read) return deps.refuse(reply, read.error);
    const { feedbackId } = read.feedback;
    const accept = (): void => reply.send(202, JSON_HEADERS, JSON.stringify({ id: feedbackId, status: 'accepted' }));
    if (known.has(feedbackId)) return accept();
    deps.append({ kind: 'feedback', head: read.feedback }, (written) => {
      if (written !== 'written') {
        const error = unavailable('journal_full', 'Feedback can not be stored just now. Try again later.');
        return deps.refuse(reply, error, RETRY_AFTER);
      }
      known.add(feedbackId);
      if (known.size > REMEMBERED_FEEDBACK) known.delete(known.values().next().value!);
      accept();
    });
  };
};

/** What is no valid escape stays as it is: no agent has such a name. */
const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const createModels = (deps: OpenAiDeps): { list: Handle; one: Handle } => {
  const modelOf = ({ agent, issuedAt }: { agent: string; issuedAt: number }) => ({
    id: agent,
    object: 'model',
    created: Math.floor(issuedAt / 1000),
    owned_by: 'coalmine',
  });
  return {
    list: (_client, { principal }, reply) => {
      const mine = [...deps.views.values()].filter(({ agent }) => mayCall(principal, agent));
      reply.send(200, JSON_HEADERS, JSON.stringify({ object: 'list', data: mine.map(modelOf) }));
    },
    one: (client, { principal }, reply) => {
      const { agent } = parseModel(unescaped(client.path.slice('/v1/models/'.length)));
      const view = mayCall(principal, agent) ? deps.views.get(agent) : undefined;
      if (view === undefined)
        return deps.refuse(reply, modelNotFound(`There is no agent ${JSON.stringify(agent)}.`, 'model'));
      reply.send(200, JSON_HEADERS, JSON.stringify(modelOf(view)));
    },
  };
};

/** What OpenAI clients call, and feedback beside it. */
export const createOpenAiApi = (deps: OpenAiDeps): Endpoint[] => {
  const models = createModels(deps);
  const generate = createGenerate(deps, COMPLETIONS);
  const post = (path: string, handle: Handle): Endpoint => ({ method: 'POST', path, access: 'caller', handle });
  const get = (path: string, handle: Handle): Endpoint => ({ method: 'GET', path, access: 'caller', handle });
  return [
    post('/v1/chat/completions', generate),
    post('/v1/completions', generate),
    post('/v1/embeddings', generate),
    post('/v1/responses', createGenerate(deps, RESPONSES)),
    post('/v1/feedback', createFeedback(deps)),
    get('/v1/models', models.list),
    get('/v1/models/*', models.one),
  ];
};
