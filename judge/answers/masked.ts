import { isObject } from '../../openai/json-value.ts';
import { ANY_MARK } from '../../privacy/mark.ts';
import { atPointer } from '../../schemas/json-pointer.ts';

/** What a validator says of the first thing that does not fit: of a choice between schemas, of each of them. */
export type Misfit = { instancePath: string; keyword: string };

/** These look at which members there are, so that no mask of a value can be the cause. */
const OF_MEMBERS: ReadonlySet<string> = new Set(
  'required dependentRequired additionalProperties propertyNames minProperties maxProperties minItems maxItems'.split(
    ' ',
  ),
);

const hasMarkedName = (value: unknown): boolean =>
  isObject(value) && Object.keys(value).some((name) => ANY_MARK.test(name));

/** Whether a mark stands anywhere in a value, however deep it is. */
const holdsMark = (root: unknown): boolean => {
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string' && ANY_MARK.test(value)) return true;
    if (typeof value !== 'object' || value === null) continue;
    if (hasMarkedName(value)) return true;
    for (const inner of Object.values(value)) open.push(inner);
  }
  return false;
};

const mayBeOfMask = (root: unknown, { instancePath, keyword }: Misfit): boolean => {
  const value = atPointer(root, instancePath);
  if (OF_MEMBERS.has(keyword)) return hasMarkedName(value);
  return keyword === 'type' ? typeof value === 'string' && ANY_MARK.test(value) : holdsMark(value);
};

/**
 * Where a value that does not fit its schema was masked, so that nobody can tell whether what stood there did: a number has
 * become a string, an address no longer looks like one. The pointer to it, '' for the root; null if no mask is to blame.
 */
export const maskedMisfit = (root: unknown, misfits: readonly Misfit[]): string | null =>
  misfits.find((misfit) => mayBeOfMask(root, misfit))?.instancePath ?? null;
