import type { IngressPolicy } from '../../schemas/ingress-policy.ts';
import { originNotAllowed } from '../protocol/error-envelope.ts';
import type { ApiError } from '../protocol/error-envelope.ts';

/** `error` is null of a preflight that is answered with 204 and an empty body. */
export type Preflight = { status: 204 | 403; headers: readonly string[]; error: ApiError | null };

export type Cors = {
  /** The answer to a preflight; null if the request is none, and goes its way. */
  preflight(method: string, headers: ReadonlyMap<string, string>): Preflight | null;
  /** The headers that an answer gets, errors too; none for an origin that isn't allowed. */
  headersFor(origin: string | undefined): readonly string[];
  /** Whether its pages may call; undefined stands for one that is not told. */
  isAllowed(origin: string | undefined): boolean;
};

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** What our own API and OpenAI's clients in a browser send. Not `x-forwarded-for` and the like, which scripts can't set. */
const REQUEST_HEADERS: readonly string[] = [
  'authorization',
  'x-api-key',
  'api-key',
  'content-type',
  'accept',
  'idempotency-key',
  'x-request-id',
  'x-session-id',
  'x-coalmine-subject',
  'x-coalmine-version',
  'x-coalmine-arm',
  'openai-organization',
  'openai-project',
  'openai-beta',
  'traceparent',
  'tracestate',
];
const OPENAI_CLIENT_PREFIX = 'x-stainless-';
const EXPOSED = [
  'x-request-id',
  'x-coalmine-exchange-id',
  'x-coalmine-version',
  'openai-processing-ms',
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'retry-after',
  'retry-after-ms',
  'x-should-retry',
].join(', ');
const VARY = ['vary', 'origin'];
const NONE: readonly string[] = [];
const MAX_ASKED = 100;

const preflightHeaders = (asked: string, allowed: ReadonlySet<string>, maxAgeS: number): string[] => {
  const names = asked.split(',', MAX_ASKED).map((name) => name.trim().toLowerCase());
  const granted = names.filter(
    (name) => allowed.has(name) || (name.startsWith(OPENAI_CLIENT_PREFIX) && /^[a-z-]+$/.test(name)),
  );
  return [
    'access-control-allow-methods',
    METHODS,
    ...(granted.length > 0 ? ['access-control-allow-headers', granted.join(', ')] : []),
    'access-control-max-age',
    String(maxAgeS),
  ];
};

/** Whether a browser asks if another origin's page may call; all other OPTIONS are requests like any other. */
export const isPreflight = (method: string, headers: ReadonlyMap<string, string>): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');

/**
 * Cross-origin decisions (WHATWG Fetch, section 3.3), made once per policy. Credentials mode is never allowed: callers
 * are known by a key in a header, never by a cookie.
 */
export const createCors = (policy: IngressPolicy['spec']['cors']): Cors => {
  const origins = new Set(policy?.origins);
  const isAny = origins.has('*');
  const allowed = new Set([...REQUEST_HEADERS, ...(policy?.headers ?? []).map((name) => name.toLowerCase())]);
  const maxAgeS = Math.floor((policy?.maxAge ?? 0) / 1_000);
  const refusal: Preflight = {
    status: 403,
    headers: policy === null || isAny ? NONE : VARY,
    error: originNotAllowed('Pages of this origin may not call this API. The ingress policy lists those that may.'),
  };
  const isAllowed = (origin: string): boolean => isAny || origins.has(origin);
  const grant = (origin: string): string[] =>
    isAny ? ['access-control-allow-origin', '*'] : ['access-control-allow-origin', origin, ...VARY];
  return {
    preflight: (method, headers) => {
      const origin = headers.get('origin');
      if (origin === undefined || !isPreflight(method, headers)) return null;
      if (!isAllowed(origin)) return refusal;
      const asked = headers.get('access-control-request-headers') ?? '';
      return { status: 204, headers: [...grant(origin), ...preflightHeaders(asked, allowed, maxAgeS)], error: null };
    },
    headersFor: (origin) => {
      if (policy === null) return NONE;
      if (origin === undefined || !isAllowed(origin)) return isAny ? NONE : VARY;
      return [...grant(origin), 'access-control-expose-headers', EXPOSED];
    },
    isAllowed: (origin) => isAny || (origin !== undefined && origins.has(origin)),
  };
};
