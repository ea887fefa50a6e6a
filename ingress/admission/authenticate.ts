import type { ApiKey } from '../../schemas/api-key.ts';
import { KEY_PREFIX } from '../../schemas/api-key.ts';
import type { IngressPolicy, Limit } from '../../schemas/ingress-policy.ts';
import { bearerOf, checkKey } from '../../schemas/key-check.ts';
import { offeredKey } from '../protocol/socket-credential.ts';
import { invalidApiKey, unavailable } from '../protocol/error-envelope.ts';
import type { Refusal } from '../protocol/error-envelope.ts';

/** Who calls, and what they may do. */
export type Principal = {
  /** '' of callers without a key. */
  keyId: string;
  roles: ReadonlySet<string>;
  groups: readonly string[];
  claims: Readonly<Record<string, string>>;
  agents: '*' | ReadonlySet<string>;
  /** The key's own; null: the policy's. */
  limit: Limit | null;
};

/** Of calls for which it does not matter who makes them. */
export const NOBODY: Principal = {
  keyId: '',
  roles: new Set(),
  groups: [],
  claims: {},
  agents: new Set(),
  limit: null,
};

export type Authentication = { principal: Principal } | Refusal;

export type AccessContext = {
  nowMs: number;
  /** Of callers without a key; null refuses them. */
  anonymous: Principal | null;
  /** False while the table of keys may lack some. */
  isCurrent: boolean;
};

/** May choose versions and arms: `agent@version`, `x-coalmine-version`, `x-coalmine-arm`. */
const PIN_ROLE = 'pin';
const OPERATOR_ROLE = 'operator';
const SUBJECTS_ROLE = 'subjects';
const CHALLENGE = ['www-authenticate', 'Bearer'];

const NO_KEY: Authentication = {
  error: invalidApiKey('An API key is needed. Send it as `authorization: Bearer <key>`, or in `x-api-key`.'),
  headers: CHALLENGE,
};
const WRONG_KEY: Authentication = {
  error: invalidApiKey('This API key is not valid. It may be mistyped, expired or revoked.'),
  headers: CHALLENGE,
};
const UNKNOWN_YET: Authentication = {
  error: unavailable('auth_unavailable', 'This API key is not known here, and Redis, which has all keys, is away.'),
  headers: ['retry-after', '2'],
};

const agentsOf = (agents: readonly string[]): Principal['agents'] => (agents.includes('*') ? '*' : new Set(agents));

/** What callers without a key are, by the policy; made once per policy. */
export const anonymousOf = ({ spec }: IngressPolicy): Principal | null => {
  const { anonymous } = spec.access;
  if (anonymous === null) return null;
  const { roles, groups, agents } = anonymous;
  return { keyId: '', roles: new Set(roles), groups, claims: {}, agents: agentsOf(agents), limit: null };
};

const prepared = new WeakMap<ApiKey, Authentication>();

const prepare = (key: ApiKey): Authentication => {
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const { id: keyId, roles, groups, claims, agents, limit } = key;
  const admitted = { principal: { keyId, roles: new Set(roles), groups, claims, agents: agentsOf(agents), limit } };
  prepared.set(key, admitted);
  return admitted;
};

/** A bearer, or whatever looks like a key of ours, also without a scheme or by another one: it must not count as none. */
const authorizedBy = (authorization: string | undefined): string | undefined => {
  if (authorization === undefined) return undefined;
  const ours = authorization.indexOf(KEY_PREFIX);
  return ours < 0 ? bearerOf(authorization) : authorization.slice(ours).trimEnd();
};

/**
 * The key that a request brings: `authorization: Bearer`, `x-api-key`, `api-key`, or, as browsers send one with a WebSocket,
 * among the subprotocols that it offers; undefined if none. Of several it is the first that looks like ours, since clients of
 * OpenAI send some bearer in any case; else the first.
 */
export const credentialOf = (headers: ReadonlyMap<string, string>): string | undefined => {
  const bearer = authorizedBy(headers.get('authorization'));
  const offered = offeredKey(headers.get('sec-websocket-protocol'));
  const brought = [bearer, headers.get('x-api-key'), headers.get('api-key'), offered];
  return brought.find((key) => key?.startsWith(KEY_PREFIX)) ?? (brought.find(Boolean) || undefined);
};

/**
 * Who calls. A key that never was, is revoked or expired is refused in the same words, and one that isn't known while the
 * table may lack some is asked to come again. OpenAI's clients insist on sending some key: where callers without one are
 * admitted, a text that can't be ours counts as none; what looks like ours must be right.
 */
export const authenticate = (
  credential: string | undefined,
  lookup: (sha256: string) => ApiKey | undefined,
  context: AccessContext,
): Authentication => {
  const { nowMs, anonymous, isCurrent } = context;
  if (anonymous !== null && !credential?.startsWith(KEY_PREFIX)) return { principal: anonymous };
  if (credential === undefined) return NO_KEY;
  const key = checkKey(credential, lookup, nowMs);
  if (key === 'unknown') return isCurrent ? WRONG_KEY : UNKNOWN_YET;
  return key === 'wrong' ? WRONG_KEY : prepare(key);
};

/** If not, the agent must look to this caller as if it weren't there. */
export const mayCall = ({ agents }: Principal, agent: string): boolean => agents === '*' || agents.has(agent);

/** May name the subjects that its requests are from, so that each counts as one. */
export const mayNameSubjects = ({ roles }: Principal): boolean => roles.has(SUBJECTS_ROLE);

/** May be told which version answered. */
export const mayKnowVersions = ({ roles }: Principal): boolean => roles.has(PIN_ROLE) || roles.has(OPERATOR_ROLE);

export const mayPin = ({ roles }: Principal): boolean => roles.has(PIN_ROLE);
