import { messageOf } from './error-message.ts';
import { createHash } from 'node:crypto';
import serialize from 'canonicalize';
import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';
import { MAX_DEPTH } from './document-text.ts';
import { jsonFault } from './json-fault.ts';
import { By } from './registered-version.ts';
import { Name } from './routing-view.ts';
import { ContentId } from './version-content.ts';

export const MAX_CASES = 10_000;

/** The lines in their order of texts, so that a dataset is the same whatever the order of its questions and of their fields. */
const sorted = (lines: readonly string[]): string => lines.toSorted().join('\n');

/** SHA-256 of a dataset's content, in hex. */
export const datasetId = (content: string): string => createHash('sha256').update(content).digest('hex');

/** A dataset's content, a line of canonical JSON (RFC 8785) for each case, of lines of JSON as somebody gave them; or what is wrong with one. */
export const readDataset = (jsonl: string): { content: string; cases: number } | { line: number; reason: string } => {
  const lines: string[] = [];
  for (const [i, text] of jsonl.split('\n').entries()) {
    if (text.trim() === '') continue;
    const read = canonicalLine(text);
    if ('reason' in read) return { line: i + 1, reason: read.reason };
    lines.push(read.line);
    if (lines.length > MAX_CASES) return { line: i + 1, reason: `there are more than ${MAX_CASES} cases` };
  }
  return lines.length === 0 ? { line: 1, reason: 'there is no case' } : { content: sorted(lines), cases: lines.length };
};

const canonicalLine = (text: string): { line: string } | { reason: string } => {
  try {
    const value: unknown = JSON.parse(text);
    const fault = jsonFault(text, MAX_DEPTH);
    if (fault !== null) return { reason: fault.reason };
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { reason: 'a case is an object' };
    return { line: serialize(value) ?? '' };
  } catch (error) {
    return { reason: messageOf(error) };
  }
};

/** A golden dataset as the registry keeps it: a label of a name stands for one content, for ever. */
export const RegisteredDataset = z
  .object({
    agent: Name,
    name: Name,
    label: Name,
    id: ContentId,
    content: z.string(),
    cases: Int.positive(),
    createdBy: By,
    createdAtMs: EpochMs,
  })
  .refine(({ id, content }) => datasetId(content) === id, { path: ['id'], message: 'is not that of the content' });
export type RegisteredDataset = z.infer<typeof RegisteredDataset>;
