import { z } from 'zod';
import { EpochMs } from './envelope.ts';
import { JsonPointer } from './json-pointer.ts';
import { PlainUrl } from './plain-url.ts';
import { By } from './registered-version.ts';
import { Name } from './routing-view.ts';

const MAX_REPORTED_CHARACTERS = 255;
export const MAX_EARLIER = 20;

/** The header that a version says in which it is. */
export const IDENTITY_HEADER = 'x-agent-version';

/** How an upstream is asked which version it is, before a document with it is taken. */
export const IdentitySpec = z.strictObject({
  /** Asked by GET, without credentials and redirects. */
  url: PlainUrl.max(2_048).optional().describe('Default: the version’s `upstream`.'),
  /** Where the answer says it; without that header its body does. */
  header: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'a header’s name in lower case')
    .default(IDENTITY_HEADER),
  /** Of a JSON body: a JSON pointer to the text. */
  at: JsonPointer.default('/version'),
  /** What it must be; without it the version's label, its id or 12 characters of that, or its code. */
  expect: z.string().min(1).max(MAX_REPORTED_CHARACTERS).optional(),
  /** Whether the document is refused where the upstream reports another identity, or none. */
  refuse: z.boolean().default(false),
});
export type IdentitySpec = z.infer<typeof IdentitySpec>;

const Reported = z.object({
  /** Null where the upstream did not say, for the `reason`. */
  identity: z.string().max(MAX_REPORTED_CHARACTERS).nullable(),
  reason: z.string().max(1_000),
  matches: z.boolean(),
  atMs: EpochMs,
});

/** What a version's upstream said that it is, when it was asked last, and what it had said before. */
export const ReportedIdentity = Reported.extend({
  agent: Name,
  label: Name,
  by: By,
  /** Newest first; only where it said another thing than the time before. */
  earlier: z.array(Reported).max(MAX_EARLIER),
});
export type ReportedIdentity = z.infer<typeof ReportedIdentity>;

/** What an answer says, shortened to what is kept. */
export const reportedText = (text: string): string => text.trim().slice(0, MAX_REPORTED_CHARACTERS);
