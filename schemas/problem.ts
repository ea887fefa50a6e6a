import { z } from 'zod';

/** What is wrong with a request, by the path of the field in its document. */
export const Issue = z.object({ path: z.string(), reason: z.string() }).meta({ id: 'Issue' });
export type Issue = z.infer<typeof Issue>;

type Told = { status: number; title: string; about: string };

/** Every kind of refusal of the controller's API. */
export const PROBLEMS = {
  invalid: {
    status: 400,
    title: 'Invalid request',
    about: 'a parameter, a document or the body is wrong; `issues` says where and why',
  },
  unauthenticated: {
    status: 401,
    title: 'No valid key',
    about: 'no key, or one that is unknown, expired or revoked: which of these, nobody is told',
  },
  forbidden: {
    status: 403,
    title: 'Not by this key',
    about: 'the key has too small a role, which the answer names; or a page of another origin asks',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    about: 'there is no such thing, or it is of an agent that the key is not for: which of these, nobody is told',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    about: '`Allow` has those that are served',
  },
  conflict: {
    status: 409,
    title: 'Conflict',
    about: 'it does not fit what is under way, or what is registered',
  },
  stale: {
    status: 412,
    title: 'Precondition failed',
    about: 'a document is another than `If-Match` says, or there is none; nothing was applied',
  },
  'too-large': {
    status: 413,
    title: 'Body too large',
    about: 'a body has at most 256 KiB, but where the endpoint says otherwise',
  },
  'media-type': {
    status: 415,
    title: 'Unsupported media type',
    about: 'a body is JSON, but where the endpoint takes a text',
  },
  'too-many': {
    status: 429,
    title: 'Too many',
    about: 'more streams of events than one key, or than all keys together, may have open',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    about: 'a fault of the controller; its log has it',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    about:
      'the log or the registry is not read yet or did not settle the step in 10 s (it may yet take effect: look before you repeat), other decisions of the agent came first 20 times in a row (nothing was done), or the key is not known here and Redis can not be asked',
  },
} as const satisfies Record<string, Told>;

export type ProblemKind = keyof typeof PROBLEMS;
export const PROBLEM_KINDS = Object.keys(PROBLEMS) as ProblemKind[];
export const PROBLEM_TYPE = 'application/problem+json';

/** What the `type` of a problem is: a name for programs, at which nothing is to be fetched. */
export const problemType = (kind: ProblemKind): string => `urn:coalmine:problem:${kind}`;

/** The kind of a refusal that comes with a status alone. */
export const problemOf = (status: number): ProblemKind =>
  PROBLEM_KINDS.find((kind) => PROBLEMS[kind].status === status) ?? (status < 500 ? 'invalid' : 'internal');

/** The body of every answer but 2xx, by RFC 9457. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    /** For people: what was wrong, and what to do about it. */
    detail: z.string(),
    issues: z.array(Issue).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** `issues` is there where something has a place in what was given. */
export const problem = (kind: ProblemKind, detail: string, issues: readonly Issue[] = []): Problem => ({
  type: problemType(kind),
  title: PROBLEMS[kind].title,
  status: PROBLEMS[kind].status,
  detail,
  ...(issues.length > 0 && { issues: [...issues] }),
});
