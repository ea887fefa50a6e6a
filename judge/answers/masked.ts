import { isObject } from '../../openai/json-value.ts';

/** What stands in place of personal data in a body that was redacted before it got here; `[CUT]` at the end of a shortened one. */
const MARK = /\[(?:EMAIL|PHONE|CARD|IBAN|SSN|IP|SECRET|BIRTHDATE|CUT)\]/;

/** What a validator says of the first thing that does not fit: of a choice between schemas, of each of them. */
export type Misfit = { instancePath: string; keyword: string };

/** These look at which members there are, so that no mask of a value can be the cause. */
const OF_MEMBERS: ReadonlySet<string> = new Set(
  'required dependentRequired additionalProperties propertyNames minProperties maxProperties minItems maxItems'.split(
    ' ',
  ),
);

const hasMarkedName = (value: unknown): boolean =>
  isObject(value) && Object.keys(value).some((name) => MARK.test(name));

/** Whether a mark stands anywhere in a value, however deep it is. */
const holdsMark = (root: unknown): boolean => {
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string' && MARK.test(value)) return true;
    if (typeof value !== 'object' || value === null) continue;
    if (hasMarkedName(value)) return true;
    for (const inner of Object.values(value)) open.push(inner);
  }
  return false;
};

/** The value that a JSON pointer (RFC 6901) points at; undefined where it points nowhere. */
const valueAt = (root: unknown, pointer: string): unknown => {
  let here = root;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined;
    here = Reflect.get(here, name);
  }
  return here;
};

const mayBeOfMask = (root: unknown, { instancePath, keyword }: Misfit): boolean => {
  const value = valueAt(root, instancePath);
  if (OF_MEMBERS.has(keyword)) return hasMarkedName(value);
  return keyword === 'type' ? typeof value === 'string' && MARK.test(value) : holdsMark(value);
};

/**
 * Where a value that does not fit its schema was masked, so that nobody can tell whether what stood there did: a number has
 * become a string, an address no longer looks like one. The pointer to it, '' for the root; null if no mask is to blame.
 */
export const maskedMisfit = (root: unknown, misfits: readonly Misfit[]): string | null =>
  misfits.find((misfit) => mayBeOfMask(root, misfit))?.instancePath ?? null;
