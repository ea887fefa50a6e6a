import { hash } from 'node:crypto';
import type { ClientRequest } from './client-call.ts';

/**
 * Whom stickiness follows: the user named in the body or by header, else the session, else the conversation, else the API
 * key, else the address. What is not a user id has a prefix that keeps it from being taken for one.
 */
export const subjectOf = (
  named: { user: string | null; conversation: string | null; keyId: string },
  headers: ClientRequest['headers'],
  address: () => string,
): string => {
  const user = named.user ?? headers.get('x-coalmine-subject');
  if (user) return user;
  const session = headers.get('x-session-id');
  if (session) return `session:${session}`;
  if (named.conversation !== null) return `conversation:${named.conversation}`;
  return named.keyId === '' ? `peer:${address()}` : `key:${named.keyId}`;
};

/** The subject as it is recorded: SHA-256 over key and subject, cut to 128 bits (the cut rules out length extension). */
export const hashedSubject = (key: string, subject: string): string =>
  hash('sha256', `${key}\0${subject}`, 'hex').slice(0, 32);
