import { isDeepStrictEqual } from 'node:util';

/** One field that differs: how it was and how it is; undefined where it is not there. */
export type FieldChange = { path: string; before?: unknown; after?: unknown };

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What tells the items of a list apart in our documents. */
const NAMES = ['label', 'name', 'key', 'metric'];

/** A list of named things by their names; null if they have none, or one twice. */
const byName = (list: readonly unknown[]): Fields | null => {
  const name = NAMES.find((field) => list.every((item) => isFields(item) && typeof item[field] === 'string'));
  if (name === undefined) return null;
  const named = Object.fromEntries(list.map((item) => [(item as Fields)[name], item]));
  return Object.keys(named).length === list.length ? named : null;
};

const at = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const ofFields = (before: Fields, after: Fields, path: string): FieldChange[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
    if (!Object.hasOwn(before, name)) return [{ path: at(path, name), after: after[name] }];
    if (!Object.hasOwn(after, name)) return [{ path: at(path, name), before: before[name] }];
    return fieldDiff(before[name], after[name], at(path, name));
  });

/** The fields in which two JSON values differ. Items of a list are told apart by their names where they have some, else by their places. */
export const fieldDiff = (before: unknown, after: unknown, path = ''): FieldChange[] => {
  if (isDeepStrictEqual(before, after)) return [];
  if (isFields(before) && isFields(after)) return ofFields(before, after, path);
  if (Array.isArray(before) && Array.isArray(after)) {
    const [was, is] = [byName(before), byName(after)];
    if (was !== null && is !== null) return ofFields(was, is, path);
    if (before.length === after.length) return before.flatMap((item, i) => fieldDiff(item, after[i], at(path, `${i}`)));
  }
  return [{ path, before, after }];
};

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** `+ path: value`, `- path: value`, or `~ path: before → after`. */
export const changeLine = ({ path, before, after }: FieldChange): string => {
  if (before === undefined) return `+ ${path}: ${text(after)}`;
  return after === undefined ? `- ${path}: ${text(before)}` : `~ ${path}: ${text(before)} → ${text(after)}`;
};
