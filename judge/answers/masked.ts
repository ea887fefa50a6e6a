import { isObject } from '../../openai/json-value.ts';
import { marksIn } from '../../privacy/mark.ts';
import { atPointer } from '../../schemas/json-pointer.ts';

/** What a validator says of the first thing that does not fit: of a choice between schemas, of each of them. */
export type Misfit = { instancePath: string; keyword: string };

/** These look at which members there are, so that no mask of a value can be the cause. */
const OF_MEMBERS: ReadonlySet<string> = new Set(
  'required dependentRequired additionalProperties propertyNames minProperties maxProperties minItems maxItems'.split(
    ' ',
  ),
);

/** The marks that stand for what redaction took out. */
type Masks = ReadonlySet<string>;

/** Whether something in a text was masked. */
export const isMasked = (text: string, masks: Masks): boolean =>
  masks.size > 0 && marksIn(text).some(({ mark }) => masks.has(mark));

const hasMaskedName = (value: unknown, masks: Masks): boolean =>
  isObject(value) && Object.keys(value).some((name) => isMasked(name, masks));

/** Whether something anywhere in a value was masked, however deep it is. */
const holdsMask = (root: unknown, masks: Masks): boolean => {
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string' && isMasked(value, masks)) return true;
    if (typeof value !== 'object' || value === null) continue;
    if (hasMaskedName(value, masks)) return true;
    for (const inner of Object.values(value)) open.push(inner);
  }
  return false;
};

const mayBeOfMask = (root: unknown, { instancePath, keyword }: Misfit, masks: Masks): boolean => {
  const value = atPointer(root, instancePath);
  if (OF_MEMBERS.has(keyword)) return hasMaskedName(value, masks);
  return keyword === 'type' ? typeof value === 'string' && isMasked(value, masks) : holdsMask(value, masks);
};

/**
 * Where a value that does not fit its schema was masked, so that nobody can tell whether what stood there did: a number has
 * become a string, an address no longer looks like one. The pointer to it, '' for the root; null if no mask is to blame.
 */
export const maskedMisfit = (root: unknown, misfits: readonly Misfit[], masks: Masks): string | null =>
  misfits.find((misfit) => mayBeOfMask(root, misfit, masks))?.instancePath ?? null;
