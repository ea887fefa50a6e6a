import { hash } from 'node:crypto';
import type { IngressPolicy, Limit } from '../../schemas/ingress-policy.ts';
import type { Principal } from './authenticate.ts';
import { networkOf } from './client-address.ts';
import { rateLimited } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';
import type { LimitResult } from './gcra.ts';
import type { Subject } from '../routing/subject.ts';

/** What a limit counts on; names are the same in all ingresses. */
export type Bucket = { name: string; limit: Limit };

export type RateLimiter = {
  /**
   * Charges one request to all buckets, or to none if one refuses. At once, without a promise, if there are none (then
   * null) or Redis is away; never rejects.
   */
  take(buckets: readonly Bucket[]): LimitResult | null | Promise<LimitResult>;
};

/** The bucket of whoever calls: of the key, or without one of the network that the call comes from. */
export const callersBucket = (keyId: string, address: () => string): string =>
  keyId === '' ? `address:${networkOf(address())}` : `key:${keyId}`;

/** Of any length, and personal; so it goes to Redis as a hash. */
const userName = (who: string, subject: string): string =>
  `user:${hash('sha256', `${who}\0${subject}`, 'hex').slice(0, 32)}`;

/**
 * The buckets that one request is charged to: its key's, or its address' if it has none; its user's or session's, if the
 * subject names one (within the key; to callers who may not name users all names are one user); and the agent's.
 */
export const bucketsOf = (
  limits: Pick<IngressPolicy['spec']['limits'], 'perKey' | 'perUser'>,
  agentLimit: Limit | null,
  caller: { principal: Principal; address: () => string } & Subject,
  agent: string,
): Bucket[] => {
  const buckets: Bucket[] = [];
  const { keyId, limit } = caller.principal;
  const perKey = limit ?? limits.perKey;
  const perUser = caller.isSomeone ? limits.perUser : null;
  if (perKey !== null || perUser !== null) {
    const who = callersBucket(keyId, caller.address);
    if (perKey !== null) buckets.push({ name: who, limit: perKey });
    if (perUser !== null) buckets.push({ name: userName(who, caller.known), limit: perUser });
  }
  if (agentLimit !== null) buckets.push({ name: `agent:${agent}`, limit: agentLimit });
  return buckets;
};

/** As OpenAI writes them, which is as Go does: `120ms`, `8.64s`, `6m0s`, `1h0m0s`. */
export const durationText = (ms: number): string => {
  if (ms === 0) return '0s';
  if (ms < 1_000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = `${(ms % 60_000) / 1_000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
};

/** Told with every answer, so that a client can slow down by itself. */
export const limitHeaders = ({ limit, remaining, resetMs }: LimitResult): string[] => [
  'x-ratelimit-limit-requests',
  String(limit),
  'x-ratelimit-remaining-requests',
  String(remaining),
  'x-ratelimit-reset-requests',
  durationText(resetMs),
];

const WHOSE: Readonly<Record<string, string>> = {
  key: 'of this API key',
  address: 'of callers without an API key from this address',
  user: 'of this user or session',
  agent: 'of this agent, for all its callers together',
};

/** The refusal that a result means, with its headers; undefined if it lets the request pass. */
export const refusalOf = (result: LimitResult): Refusal | undefined => {
  if (result.allowed) return undefined;
  const whose = WHOSE[result.bucket.split(':', 1)[0]!] ?? '';
  const { retryAfterMs } = result;
  return {
    error: rateLimited(`The request limit ${whose} is reached. Try again in ${durationText(retryAfterMs)}.`),
    headers: [
      ...limitHeaders(result),
      'retry-after',
      String(Math.ceil(retryAfterMs / 1_000)),
      'retry-after-ms',
      String(retryAfterMs),
    ],
  };
};
