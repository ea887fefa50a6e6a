import { isOwnProtocol } from '../../openai/answer.ts';
import { pathWithoutQuery } from '../../openai/base-url.ts';
import { withMember } from '../../openai/json-text.ts';
import type { Exchange } from '../../schemas/exchange.ts';
import type { Version } from '../../schemas/routing-view.ts';

/** `/agents/support@v1/answer?lang=en`: the path below the agent. */
const BELOW_AGENT = /^\/agents\/[^/?]+(.*)$/s;

/** The same request for a version: the path below its upstream, and its body; or why there is none. */
export const replayRequest = (
  { method, path, requestBody }: Pick<Exchange, 'method' | 'path' | 'requestBody'>,
  { upstreamModel }: Pick<Version, 'upstreamModel'>,
): { path: string; body: string; contentType: string } | { reason: string } => {
  const { state, text, contentType } = requestBody;
  if (method !== 'POST') return { reason: `it was a ${method}; only a POST can be asked again` };
  if (state !== 'full' && state !== 'redacted')
    return { reason: `its request was not kept whole (${state}): the ingress policy's capture.mode says what is` };
  if (isOwnProtocol(path)) return { path: BELOW_AGENT.exec(path)?.[1] ?? '', body: text, contentType };
  const called = pathWithoutQuery(path);
  if (!called.startsWith('/v1/')) return { reason: `nobody knows where ${called} is at an upstream` };
  const body = upstreamModel === '' ? text : withMember(text, 'model', upstreamModel);
  return { path: path.slice('/v1'.length), body, contentType: 'application/json' };
};
