import { createHash } from 'node:crypto';
import { type Body, type Exchange, servedAsAssigned, type Shadow } from '../../schemas/exchange.ts';
import { withMember } from '../../schemas/json-text.ts';
import type { RoutingView, Version } from '../../schemas/routing-view.ts';

/** One answer to get that no client will see. `target` is the version with its upstream and prices. */
export type Replay = Pick<Shadow, 'shadowId' | 'kind' | 'arm' | 'version'> & { target: Version };

/** What one replay came to; the same words as for a live answer. */
export type Answer = Pick<Shadow, 'status' | 'outcome' | 'latencyMs' | 'firstByteMs' | 'responseBody'>;

/** `baseline`: the stable version, whose answer to the same request stands in for the live one; null if that will do. */
type Replays = { replays: readonly Replay[]; baseline: Version | null; skip: null };

/** Why an exchange is not replayed; only `not_replayable` is a loss, the rest were never meant to be. */
export type Skip = 'no_shadow' | 'other_rollout' | 'not_stable' | 'client_left' | 'not_sampled' | 'not_replayable';

export type Plan = Replays | { replays: readonly []; baseline: null; skip: Skip };

const skip = (reason: Skip): Plan => ({ replays: [], baseline: null, skip: reason });

/** A share from 0 to 100, the same for the same exchange whoever asks; salted, so that the draws are independent. */
const share = (exchangeId: string, salt: string): number =>
  (createHash('sha256').update(`${salt}|${exchangeId}`).digest().readUInt32BE(0) / 2 ** 32) * 100;

const shadowIdOf = (exchangeId: string, kind: string, version: string): string =>
  createHash('sha256')
    .update(JSON.stringify([exchangeId, kind, version]))
    .digest('hex')
    .slice(0, 32);

const REPLAYABLE_PATH = /^\/v1\/[a-z0-9/_-]+$/;

const isWhole = ({ state }: Body): boolean => state === 'full' || state === 'redacted';

/** A shortened request is another request, and a shortened answer can't be compared with. */
const isReplayable = ({ method, path, requestBody, responseBody, outcome }: Exchange): boolean =>
  method === 'POST' &&
  REPLAYABLE_PATH.test(path) &&
  isWhole(requestBody) &&
  (outcome !== 'ok' || isWhole(responseBody));

/** Without its personal data a request is another one, too: what is compared must be answers to the same one. */
const isAnotherRequest = ({ requestBody, responseBody }: Exchange): boolean =>
  requestBody.state === 'redacted' || responseBody.state === 'redacted';

/** The live request's body, with the model's name that this version's upstream wants if it wants another. */
export const bodyFor = ({ upstreamModel }: Version, text: string): string =>
  upstreamModel === '' ? text : withMember(text, 'model', upstreamModel);

/**
 * What to replay of one live exchange under the routing view in force: the candidate, and for a share stable once more.
 *
 * Of a redacted exchange the candidate's answer is compared with stable's to the redacted request, never with the live one.
 *
 * Exchanges that stable failed are replayed as well: a comparison on stable's successes alone would hold the candidate's
 * every failure against it and none of stable's.
 */
export const planReplay = (exchange: Exchange, view: RoutingView | undefined): Plan => {
  const shadow = view?.shadow;
  if (!view || !shadow) return skip('no_shadow');
  if (exchange.rollout !== view.rollout) return skip('other_rollout');
  if (exchange.servedArm !== 'stable' || !servedAsAssigned(exchange)) return skip('not_stable');
  if (exchange.outcome === 'client_abort') return skip('client_left');
  if (share(exchange.exchangeId, 'shadow') >= shadow.sharePct) return skip('not_sampled');
  if (!isReplayable(exchange)) return skip('not_replayable');

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
  const baseline = isAnotherRequest(exchange) ? view.versions.find((v) => v.label === servedVersion) : null;
  if (baseline === undefined) return skip('not_replayable');
  const noise = isNoise ? replayOf('noise', 'stable', servedVersion) : [];
  return { replays: [...candidate, ...noise], baseline, skip: null };
};
