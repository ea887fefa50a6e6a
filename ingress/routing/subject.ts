import { hash } from 'node:crypto';
import type { ClientRequest } from '../protocol/client-call.ts';

/** `isSomeone`: a user, session or conversation, and not just whoever has this key or address. */
export type Subject = { subject: string; isSomeone: boolean };

/**
 * Whom stickiness follows: the user named in the body or by header, else the session, else the conversation, else the API
 * key, else the address. What is not a user id has a prefix that keeps it from being taken for one.
 */
export const subjectOf = (
  named: { user: string | null; conversation: string | null; keyId: string },
  headers: ClientRequest['headers'],
  address: () => string,
): Subject => {
  const user = named.user ?? headers.get('x-coalmine-subject');
  if (user) return { subject: user, isSomeone: true };
  const session = headers.get('x-session-id');
  if (session) return { subject: `session:${session}`, isSomeone: true };
  if (named.conversation !== null) return { subject: `conversation:${named.conversation}`, isSomeone: true };
  return { subject: named.keyId === '' ? `peer:${address()}` : `key:${named.keyId}`, isSomeone: false };
};

/** The subject as it is recorded: SHA-256 over key and subject, cut to 128 bits (the cut rules out length extension). */
export const hashedSubject = (key: string, subject: string): string =>
  hash('sha256', `${key}\0${subject}`, 'hex').slice(0, 32);
