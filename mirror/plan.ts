import { createHash } from 'node:crypto';
import { type Body, type Exchange, servedAsAssigned, type Shadow } from '../schemas/exchange.ts';
import { pathWithoutQuery } from '../openai/base-url.ts';
import { goesOnFromEarlier } from '../openai/earlier-turns.ts';
import { withMember } from '../openai/json-text.ts';
import type { Json } from '../openai/json-value.ts';
import type { RoutingView, Version } from '../schemas/routing-view.ts';
import { hasHostedTools, requestOf, stripped } from './tools.ts';

/** One answer to get that no client will see. `target` is the version with its upstream and prices. */
export type Replay = Pick<Shadow, 'shadowId' | 'kind' | 'arm' | 'version'> & { target: Version };

/** What one replay came to; the same words as for a live answer. */
export type Answer = Pick<Shadow, 'status' | 'outcome' | 'latencyMs' | 'firstByteMs' | 'responseBody'>;

/**
 * What goes out, whoever is asked, but for the model's name. `path` is what follows an upstream's base URL, with the query.
 * `isOwn`: a call in the agent's own protocol, whose body no part of coalmine may rewrite.
 */
export type Outgoing = { path: string; text: string; contentType: string; isOwn: boolean };

/**
 * `baseline`: the stable version, whose answer to the same request stands in for the live one; null if that will do.
 */
type Replays = { replays: readonly Replay[]; baseline: Version | null; outgoing: Outgoing; skip: null };

/**
 * What can't be replayed, or not safely. `not_replayable`: another method or path than those of the OpenAI calls and those that
 * the agent's document names, a body that is not whole. `stateful`: its history stands with the provider, where a replay would
 * write into it. `hosted_tools`: the upstream itself would run them.
 */
export type Loss = 'not_replayable' | 'stateful' | 'hosted_tools';

/** Why an exchange is not replayed: what was meant to be and is lost, and what never was. */
export type Skip = 'no_shadow' | 'other_rollout' | 'not_stable' | 'unvouched' | 'client_left' | 'not_sampled' | Loss;

export type Plan = Replays | { replays: readonly []; baseline: null; skip: Skip };

const LOSSES: ReadonlySet<Skip> = new Set<Loss>(['not_replayable', 'stateful', 'hosted_tools']);
export const isLoss = (skip: Skip): boolean => LOSSES.has(skip);

const skip = (reason: Skip): Plan => ({ replays: [], baseline: null, skip: reason });

/** A share from 0 to 100, the same for the same exchange whoever asks; salted, so that the draws are independent. */
const share = (exchangeId: string, salt: string): number =>
  (createHash('sha256').update(`${salt}|${exchangeId}`).digest().readUInt32BE(0) / 2 ** 32) * 100;

const shadowIdOf = (exchangeId: string, kind: string, version: string): string =>
  createHash('sha256')
    .update(JSON.stringify([exchangeId, kind, version]))
    .digest('hex')
    .slice(0, 32);

const RESPONSES_PATH = '/v1/responses';
const REPLAYABLE_PATHS: ReadonlySet<string> = new Set([
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  RESPONSES_PATH,
]);

/** `/agents/support@v1/answer?lang=en`: the path below the agent. */
const OWN_PATH = /^\/agents\/[^/?]+([^?]*)/;
const JSON_TYPE = 'application/json';
/** A header with any other character can't be sent. */
const PRINTABLE = /^[\x20-\x7e]+$/;
/** What stands in a path in place of personal data. */
const MARK = /\[[A-Z]+\]|%5[Bb][A-Z]+%5[Dd]/;

const isWhole = ({ state }: Body): boolean => state === 'full' || state === 'redacted';

/** A shortened request is another request, and a shortened answer can't be compared with. */
const isReplayable = ({ method, requestBody, responseBody, outcome }: Exchange): boolean =>
  method === 'POST' && isWhole(requestBody) && (outcome !== 'ok' || isWhole(responseBody));

const isStateful = (request: Json): boolean => goesOnFromEarlier(request) || request['background'] === true;

/** Where a call goes below an upstream's base URL, as the ingress puts it; null where it may not be repeated. */
const pathBelow = (path: string, http: RoutingView['http']): { path: string; isOwn: boolean } | null => {
  const called = pathWithoutQuery(path);
  const query = path.slice(called.length);
  if (REPLAYABLE_PATHS.has(called)) return { path: called.slice('/v1'.length) + query, isOwn: false };
  const own = OWN_PATH.exec(called)?.[1];
  return own !== undefined && http?.replay.includes(own) === true ? { path: own + query, isOwn: true } : null;
};

/** What a replay sends, or why it may send nothing. */
const outgoingOf = (exchange: Exchange, { shadowTools: tools, http }: RoutingView): Outgoing | { loss: Loss } => {
  const { requestBody } = exchange;
  const below = isReplayable(exchange) ? pathBelow(exchange.path, http) : null;
  if (below === null) return { loss: 'not_replayable' };
  const { isOwn } = below;
  const request = requestOf(requestBody.text);
  if (!request && !isOwn) return { loss: 'not_replayable' };
  if (request && pathWithoutQuery(exchange.path) === RESPONSES_PATH && isStateful(request)) return { loss: 'stateful' };
  if (request && tools === 'stub' && hasHostedTools(request)) return { loss: 'hosted_tools' };
  const text = tools === 'strip' ? stripped(requestBody.text) : requestBody.text;
  if (text === null) return { loss: 'not_replayable' };
  const { contentType } = requestBody;
  return { ...below, text, contentType: isOwn && PRINTABLE.test(contentType) ? contentType : JSON_TYPE };
};

/** Without its personal data or its tools a request is another one: what is compared must be answers to the same one. */
const isAnotherRequest = ({ path, requestBody, responseBody }: Exchange, text: string): boolean =>
  requestBody.state === 'redacted' ||
  responseBody.state === 'redacted' ||
  text !== requestBody.text ||
  MARK.test(path.slice(pathWithoutQuery(path).length));

/** A request's text for one version: with the model's name that its upstream wants, if that is another. */
export const bodyFor = ({ upstreamModel }: Version, { text, isOwn }: Pick<Outgoing, 'text' | 'isOwn'>): string =>
  upstreamModel === '' || isOwn ? text : withMember(text, 'model', upstreamModel);

/**
 * What to replay of one live exchange under the routing view in force: the candidate, and for a share stable once more.
 *
 * Of a redacted exchange, and of one whose tools are stripped, the candidate's answer is compared with stable's to the same
 * changed request, never with the live one.
 *
 * Exchanges that stable failed are replayed as well: a comparison on stable's successes alone would hold the candidate's
 * every failure against it and none of stable's.
 */
export const planReplay = (exchange: Exchange, view: RoutingView | undefined): Plan => {
  const shadow = view?.shadow;
  if (!view || !shadow) return skip('no_shadow');
  if (exchange.rollout !== view.rollout) return skip('other_rollout');
  if (!exchange.vouched) return skip('unvouched');
  if (exchange.servedArm !== 'stable' || !servedAsAssigned(exchange)) return skip('not_stable');
  if (exchange.outcome === 'client_abort') return skip('client_left');
  if (share(exchange.exchangeId, 'shadow') >= shadow.sharePct) return skip('not_sampled');
  const outgoing = outgoingOf(exchange, view);
  if ('loss' in outgoing) return skip(outgoing.loss);

  const { exchangeId, servedVersion } = exchange;
  const replayOf = (kind: Replay['kind'], arm: string, label: string): Replay[] => {
    const version = view.versions.find((v) => v.label === label);
    return version
      ? [{ shadowId: shadowIdOf(exchangeId, kind, label), kind, arm, version: label, target: version }]
      : [];
  };
  const candidate = replayOf('shadow', shadow.arm, shadow.version);
  if (candidate.length === 0) return skip('no_shadow');
  const isNoise = share(exchangeId, 'noise') < shadow.noiseSharePct;
  const baseline = isAnotherRequest(exchange, outgoing.text)
    ? view.versions.find((v) => v.label === servedVersion)
    : null;
  if (baseline === undefined) return skip('not_replayable');
  const noise = isNoise ? replayOf('noise', 'stable', servedVersion) : [];
  return { replays: [...candidate, ...noise], baseline, outgoing, skip: null };
};
