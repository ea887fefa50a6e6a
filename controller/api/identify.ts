import { actorOf } from '../../schemas/actor.ts';
import type { ApiKey } from '../../schemas/api-key.ts';
import type { ControllerRole } from '../../schemas/controller-role.ts';
import { bearerOf, checkKey, isInForce } from '../../schemas/key-check.ts';
import { anonymousPerson, type Person, personOf } from '../commands/person.ts';
import type { FoundSession } from './session-cookie.ts';

export type Access = {
  /** By the SHA-256 of a key. */
  find: (sha256: string) => ApiKey | undefined;
  /** False while keys may exist that aren't known here. */
  isCurrent: boolean;
  nowMs: number;
  /** Of callers without a key; null refuses them. */
  anonymousRole: ControllerRole | null;
};

/** The status and words with which somebody is refused. `by` and `roles` are of their key, where it is a valid one. */
export type TurnedAway = { status: 401 | 403 | 503; message: string; by: string; roles: readonly string[] };
/** `sha256`: of their key, where they have one. */
export type Identified = { person: Person; sha256?: string } | TurnedAway;

const NO_KEY =
  'a key is needed, as `authorization: Bearer <key>`; `npm run keys -- create --name <who> --role view` makes one (docs/keys.md)';
const WRONG_KEY = 'this key is not valid: it may be mistyped, expired or revoked';
const NO_SESSION = 'this session is over; sign in again';
const SESSION_UNKNOWN_YET =
  'this session is not known here, and Redis, which has all sessions, is away; try again in a moment';
const NO_ROLE = 'this key has no role at the controller; it needs one of view, propose, operate and admin';
const UNKNOWN_YET = 'this key is not known here, and Redis, which has all keys, is away; try again in a moment';

const unknown = (status: TurnedAway['status'], message: string): TurnedAway => ({ status, message, by: '', roles: [] });

/** Who asks, by the `authorization` that they bring and by nothing else. One that is wrong is refused, also where none is needed. */
export const identify = (authorization: string | undefined, access: Access): Identified => {
  const { find, isCurrent, nowMs, anonymousRole } = access;
  if (authorization === undefined)
    return anonymousRole === null ? unknown(401, NO_KEY) : { person: anonymousPerson(anonymousRole) };
  const credential = bearerOf(authorization);
  return keyHolder(credential === undefined ? 'wrong' : checkKey(credential, find, nowMs), isCurrent);
};

/** Who asks by the cookie of a session. */
export const identifySession = (found: FoundSession, { find, isCurrent, nowMs }: Access): Identified => {
  if (found === 'over') return unknown(401, NO_SESSION);
  if (found === 'unknown') return unknown(503, SESSION_UNKNOWN_YET);
  if (found === 'no-key') return keyHolder('unknown', isCurrent);
  const key = find(found.keySha256);
  return keyHolder(key === undefined ? 'unknown' : isInForce(key, nowMs) ? key : 'wrong', isCurrent);
};

const keyHolder = (key: ApiKey | 'unknown' | 'wrong', isCurrent: boolean): Identified => {
  if (key === 'unknown' && !isCurrent) return unknown(503, UNKNOWN_YET);
  if (key === 'unknown' || key === 'wrong') return unknown(401, WRONG_KEY);
  const person = personOf(key);
  const { name, id, roles } = key;
  return person === null
    ? { status: 403, message: NO_ROLE, by: actorOf(name, id), roles }
    : { person, sha256: key.sha256 };
};
