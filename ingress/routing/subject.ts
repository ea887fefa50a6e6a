import { hash } from 'node:crypto';
import type { ClientRequest } from '../protocol/client-call.ts';
import { headerText } from '../protocol/header-text.ts';

/**
 * Whom a request is from. `isSomeone`: a user, session or conversation, and not just whoever shares a cache, has this key or comes
 * from this address. `known`: who it is for certain, which is the subject where the caller may name subjects, else his key or address.
 */
export type Subject = { subject: string; known: string; isSomeone: boolean; vouched: boolean };

/** What a request's body says of whom it is from: `user`, `safety_identifier`, `conversation`, `prompt_cache_key`. */
type Named = {
  user: string | null;
  safetyIdentifier: string | null;
  conversation: string | null;
  cacheKey: string | null;
};

/**
 * Whom stickiness follows. In order: the user, by the body's `user`, the header made for it, or the body's
 * `safety_identifier`; the session; the conversation; the body's `prompt_cache_key`; the API key; the address. What is not
 * a user id has a prefix that keeps it from being taken for one. A cache key comes so late, and is nobody, because it may
 * be one user's as well as one prompt's, which all of an application's users share.
 * @param caller who calls: `key:` and the key's id, or `peer:` and the address, of IPv6 the /64, of which one customer has all.
 * @param vouched whether the caller may name subjects.
 */
export const subjectOf = (
  { user, safetyIdentifier, conversation, cacheKey }: Named,
  headers: ClientRequest['headers'],
  caller: string,
  vouched: boolean,
): Subject => {
  const named = nameIn({ user, safetyIdentifier, conversation, cacheKey }, headers);
  if (named !== null && vouched) return { ...named, known: named.subject, vouched };
  return { subject: named?.subject ?? caller, isSomeone: named?.isSomeone ?? false, known: caller, vouched };
};

const nameIn = (
  { user, safetyIdentifier, conversation, cacheKey }: Named,
  headers: ClientRequest['headers'],
): Pick<Subject, 'subject' | 'isSomeone'> | null => {
  const someone = user || headerText(headers.get('x-coalmine-subject') ?? '') || safetyIdentifier;
  if (someone) return { subject: someone, isSomeone: true };
  const session = headerText(headers.get('x-session-id') ?? '');
  if (session) return { subject: `session:${session}`, isSomeone: true };
  if (conversation !== null) return { subject: `conversation:${conversation}`, isSomeone: true };
  return cacheKey === null ? null : { subject: `cache:${cacheKey}`, isSomeone: false };
};

/** The subject as it is recorded: SHA-256 over key and subject, cut to 128 bits (the cut rules out length extension). */
export const hashedSubject = (key: string, subject: string): string =>
  hash('sha256', `${key}\0${subject}`, 'hex').slice(0, 32);
