import { messageOf } from '../../schemas/error-message.ts';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { MAX_DOCUMENT_BYTES } from '../../schemas/document-text.ts';
import { type Issue, problem, PROBLEM_TYPE, type ProblemKind, problemOf } from '../../schemas/problem.ts';
import { etagOf, isKnown } from '../commands/document-version.ts';
import { type Answer, type Refusal, unavailable } from '../commands/refusal.ts';

export const refuseMethod = (request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): FastifyReply =>
  fail(
    reply.header('allow', allowed.join(', ')),
    'method-not-allowed',
    `${request.method} is not allowed here; use ${allowed.join(' or ')}`,
  );

/** The answer to a command; one that the log (of decisions, or the registry) did not settle in time is refused. */
export const settled = async <T>(answering: Promise<Answer<T>>): Promise<Answer<T>> => {
  try {
    return await answering;
  } catch (error) {
    const reason = messageOf(error);
    const message = `the log did not settle it in time (${reason}); it may yet take effect: look before you repeat it`;
    return { refusal: unavailable(message) };
  }
};

export const answer = (reply: FastifyReply, found: Answer<unknown>): FastifyReply =>
  'ok' in found ? reply.send(found.ok) : refuse(reply, found.refusal);

/** An answer that whoever asks may have already. */
export const answerOnce = (
  reply: FastifyReply,
  found: Answer<unknown>,
  ifNoneMatch: string | undefined,
): FastifyReply => {
  if ('refusal' in found) return refuse(reply, found.refusal);
  const tag = etagOf(found.ok);
  void reply.header('etag', tag);
  return ifNoneMatch !== undefined && isKnown(ifNoneMatch, tag) ? reply.code(304).send() : reply.send(found.ok);
};

const refuse = (reply: FastifyReply, { kind, message, issues }: Refusal): FastifyReply =>
  fail(reply, kind, message, issues);

export const fail = (reply: FastifyReply, kind: ProblemKind, detail: string, issues: Issue[] = []): FastifyReply => {
  const told = problem(kind, detail, issues);
  return reply.code(told.status).type(PROBLEM_TYPE).send(JSON.stringify(told));
};

const tooLarge = (maxBytes = MAX_DOCUMENT_BYTES): string =>
  `a body may have at most ${maxBytes / 1024} KiB here; give what has more in several parts`;

/** What is no HTTP request, or none in time: nothing of it was read, and its connection ends. */
export const refuseUnread = (error: Error, socket: Socket): void => {
  if (!socket.writable || socket.destroyed) return;
  const body = JSON.stringify(problem('invalid', `this is no request that HTTP knows (${error.message})`));
  const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`);
};

export const answerError = (error: FastifyError, reply: FastifyReply, maxBytes: number | undefined): FastifyReply => {
  const issues = (error.validation ?? []).map(({ instancePath, message }) => ({
    path: instancePath.replace(/^\//, '').replaceAll('/', '.'),
    reason: message ?? 'wrong',
  }));
  const kind = problemOf(error.statusCode ?? 500);
  if (kind === 'too-large') return fail(reply, kind, tooLarge(maxBytes));
  return fail(reply, kind, kind === 'internal' ? 'internal error' : error.message, issues);
};
