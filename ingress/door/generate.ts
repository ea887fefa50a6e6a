import { responseIdOf } from '../../openai/response-id.ts';
import type { Conversations } from '../../platform/redis/conversations.ts';
import { withQuery } from '../protocol/client-call.ts';
import { RESPONSES } from '../protocol/dialect.ts';
import type { Dialect } from '../protocol/dialect.ts';
import { parseOpenAiRequest, withModel } from '../protocol/openai-request.ts';
import type { OpenAiRequest } from '../protocol/openai-request.ts';
import { Relay } from '../relay/relay.ts';
import type { RelayDeps } from '../relay/relay.ts';
import { parseModel } from '../routing/route.ts';
import type { Target } from '../routing/route.ts';
import type { Handle, Refuse } from './endpoint.ts';
import type { RequestRouting } from './request-routing.ts';

export type GenerateDeps = {
  routing: RequestRouting;
  relay: RelayDeps;
  refuse: Refuse;
  conversations: Conversations;
};

/** The version that answered goes on with the conversation. */
const rememberer =
  ({ conversations }: GenerateDeps, agent: string, asked: OpenAiRequest) =>
  (served: Target, answer: Buffer): void => {
    const { label } = served.version;
    if (asked.goesOnFrom !== null) conversations.remember(agent, asked.goesOnFrom, label);
    const id = asked.isStored ? responseIdOf(answer) : null;
    if (id !== null) conversations.remember(agent, id, label);
  };

/** What OpenAI's clients ask of a model, which is an agent here. */
export const createGenerate =
  (deps: GenerateDeps, dialect: Dialect): Handle =>
  (client, call, reply) => {
    const startedMs = deps.relay.elapsedMs();
    const parsed = parseOpenAiRequest(client.body.toString());
    if ('error' in parsed) return deps.refuse(reply, parsed.error);
    const { request: asked } = parsed;
    const { agent, pin } = parseModel(asked.model);
    deps.routing.open(client, call, { ...asked, agent, version: pin }, (opened) => {
      if (reply.isOver) return;
      if ('error' in opened) return deps.refuse(reply, opened.error, opened.headers);
      const outgoing = {
        call,
        dialect,
        path: withQuery(client.path.slice('/v1'.length), client.query),
        bodyFor: ({ version }: Target) =>
          version.upstreamModel === '' ? client.body : withModel(client.body, version.upstreamModel),
        hidesCors: true,
        answered: dialect === RESPONSES ? rememberer(deps, agent, asked) : null,
        upload: null,
        maxBodyBytes: 0,
        choices: asked.choices,
      };
      new Relay(deps.relay, opened, outgoing, reply, startedMs).start();
    });
  };
