import type { AuditEntry } from '../../schemas/audit.ts';

type Change = AuditEntry['changes'][number];
type Json = Change['before'];

/** A document may have thousands of fields, and long texts in them: an entry says where to look. */
const MAX_CHANGES = 100;
const MAX_TEXT = 300;

const isHolder = (value: unknown): value is Record<string, unknown> | unknown[] =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

const fieldsOf = (value: unknown, path: string, into: Map<string, unknown>): Map<string, unknown> => {
  if (!isHolder(value)) return into.set(path, value);
  for (const [key, part] of Object.entries(value)) fieldsOf(part, path === '' ? key : `${path}.${key}`, into);
  return into;
};

const shown = (value: unknown): Json =>
  typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : ((value ?? null) as Json);

/** Where two values differ, field by field, under `path`; null stands for what is not there. */
export const fieldChanges = (path: string, before: unknown, after: unknown): Change[] => {
  const [was, is] = [fieldsOf(before, path, new Map()), fieldsOf(after, path, new Map())];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((field) => JSON.stringify(was.get(field) ?? null) !== JSON.stringify(is.get(field) ?? null))
    .slice(0, MAX_CHANGES)
    .map((field) => ({ field, before: shown(was.get(field)), after: shown(is.get(field)) }));
};
