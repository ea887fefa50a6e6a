import { messageOf } from './error-message.ts';
import type { z } from 'zod';
import type { Issue } from './problem.ts';
import { readDocumentText } from './document-text.ts';
import { Document } from './documents.ts';

const MAX_DOCUMENTS = 100;
/** A text that fits nothing has an issue at every field. */
const MAX_ISSUES = 50;
/** `curl -d @file` takes line ends away: a comment on top then swallows the rest, else everything stands on one line. */
const BY_CURL = 'with curl, send a file by --data-binary: -d takes its line ends away';
const lostItsLines = (text: string): boolean => !text.includes('\n') && text.includes('apiVersion:');

export type ReadDocuments<D = Document> = { documents: D[] } | { issues: Issue[] };

/** The documents in a text of YAML (one or several, apart by `---`) or JSON, or what is wrong with them. */
export const readDocuments = (text: string): ReadDocuments => readDocumentsAs(Document, text);

/** The same of documents of other kinds. */
export const readDocumentsAs = <D>(schema: z.ZodType<D>, text: string): ReadDocuments<D> => {
  const read = readDocumentText(text, MAX_DOCUMENTS);
  if ('faults' in read) {
    const hint = lostItsLines(text) ? ` (${BY_CURL})` : '';
    return { issues: read.faults.map(({ path, reason }) => ({ path, reason: `${reason}${hint}` })) };
  }
  const values = read.values.filter((value) => value !== null);
  if (values.length === 0) return { issues: [{ path: '', reason: `there is no document in the text (${BY_CURL})` }] };
  const documents: D[] = [];
  const issues: Issue[] = [];
  for (const [i, value] of values.entries()) {
    const read = readOne(schema, value, values.length === 1 ? [] : [`document ${i + 1}`]);
    if ('document' in read) documents.push(read.document);
    else issues.push(...read.issues);
  }
  return issues.length > 0 ? { issues: issues.slice(0, MAX_ISSUES) } : { documents };
};

/** A check that throws, as some do on values that another check refused, is a refusal as well. */
const readOne = <D>(schema: z.ZodType<D>, value: unknown, prefix: string[]): { document: D } | { issues: Issue[] } => {
  try {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { document: parsed.data };
    const issues = parsed.error.issues.slice(0, MAX_ISSUES).flatMap((issue) => issuesOf(issue, prefix));
    return { issues: issues.slice(0, MAX_ISSUES) };
  } catch (error) {
    return { issues: [{ path: prefix.join(''), reason: messageOf(error) }] };
  }
};

type ZodIssue = {
  code: string;
  path: PropertyKey[];
  message: string;
  keys?: unknown;
  errors?: readonly (readonly ZodIssue[])[];
};

/** zod's issue as path and reason; an unknown field is named by its own path, and of several forms the nearest one tells what is wrong. */
const issuesOf = (issue: ZodIssue, prefix: string[]): Issue[] => {
  const [nearest] = (issue.errors ?? []).toSorted((a, b) => a.length - b.length);
  if (issue.code === 'invalid_union' && nearest !== undefined)
    return nearest.flatMap((inner) => issuesOf(inner, [...prefix, ...issue.path.map(String)]));
  const at = (...more: PropertyKey[]): string => [...prefix, ...issue.path, ...more].map(String).join('.');
  if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys))
    return issue.keys.map((key) => ({ path: at(String(key)), reason: 'unknown field' }));
  return [{ path: at(), reason: issue.message }];
};
