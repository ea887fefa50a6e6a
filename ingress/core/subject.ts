import { hash } from 'node:crypto';
import type { ClientRequest } from './client-call.ts';

/**
 * Whom stickiness follows: the user named in the body or by header, else the session, else the API key, else the peer's
 * address. Keys are hashed at once. What is not a user id has a prefix that keeps it from being taken for one.
 */
export const subjectOf = (user: string | null, request: ClientRequest): string => {
  const named = user ?? request.headers.get('x-coalmine-subject');
  if (named) return named;
  const session = request.headers.get('x-session-id');
  if (session) return `session:${session}`;
  const credential = request.headers.get('authorization') ?? request.headers.get('x-api-key');
  if (credential) return `key:${hash('sha256', credential, 'hex')}`;
  return `peer:${request.peer()}`;
};

/** The subject as it is recorded: SHA-256 over key and subject, cut to 128 bits (the cut rules out length extension). */
export const hashedSubject = (key: string, subject: string): string =>
  hash('sha256', `${key}\0${subject}`, 'hex').slice(0, 32);
