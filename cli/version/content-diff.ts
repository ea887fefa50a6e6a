import type { VersionContent } from '../../schemas/version-content.ts';

type Field = { path: string; from: string | null; to: string | null };

/** Every value in an object as JSON, by its path; lists are one value. */
const flat = (value: unknown, path: string): [string, string][] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([name, part]) => flat(part, path === '' ? name : `${path}.${name}`))
    : [[path, typeof value === 'string' ? value : JSON.stringify(value)]];

const fieldsOf = ({ code, model, dependencies }: VersionContent): Map<string, string> =>
  new Map([
    ['code', code],
    ...(Object.keys(model).length > 0 ? flat(model, 'model') : []),
    ...(Object.keys(dependencies).length > 0 ? flat(dependencies, 'dependencies') : []),
  ]);

/** In which fields two contents differ, the prompt apart: null where one of them does not have the field. */
export const changedFields = (from: VersionContent, to: VersionContent): Field[] => {
  const [before, after] = [fieldsOf(from), fieldsOf(to)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort()
    .map((path) => ({ path, from: before.get(path) ?? null, to: after.get(path) ?? null }));
};
