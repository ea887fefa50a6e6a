import fc from 'fast-check';
import type { z } from 'zod';

type Check = { check: string; value?: number; inclusive?: boolean; pattern?: RegExp };
type Def = { type: string; format?: string; checks?: { _zod: { def: Check } }[]; [part: string]: unknown };

/** Any value that a contract allows. */
export const anyOf = (schema: z.ZodType): fc.Arbitrary<unknown> => {
  const def = schema._zod.def as unknown as Def;
  const checks = (def.checks ?? []).map((check) => check._zod.def);
  const bound = (check: string, open: number): number | undefined => {
    const found = checks.find((one) => one.check === check);
    return found?.value === undefined ? undefined : found.value + (found.inclusive ? 0 : open);
  };
  switch (def.type) {
    case 'string': {
      const pattern = checks.find((check) => check.pattern)?.pattern;
      const text = pattern
        ? fc.stringMatching(new RegExp(pattern.source))
        : fc.string({ unit: 'grapheme', maxLength: 20 });
      return text.filter((value) => schema.safeParse(value).success);
    }
    case 'number': {
      const min = bound('greater_than', 1);
      const max = bound('less_than', -1);
      return def.format === 'safeint'
        ? fc.maxSafeInteger().map((n) => (min !== undefined && n < min ? min : max !== undefined && n > max ? max : n))
        : fc.double({ noNaN: true, noDefaultInfinity: true, min: min ?? -1e300, max: max ?? 1e300 });
    }
    case 'boolean':
      return fc.boolean();
    case 'enum':
      return fc.constantFrom(...Object.values(def['entries'] as Record<string, string>));
    case 'nullable':
      return fc.option(anyOf(def['innerType'] as z.ZodType), { nil: null });
    case 'default':
      return anyOf(def['innerType'] as z.ZodType);
    case 'array':
      return fc.array(anyOf(def['element'] as z.ZodType), { minLength: 1, maxLength: 3 });
    case 'record':
      return fc
        .dictionary(fc.string({ maxLength: 8 }), anyOf(def['valueType'] as z.ZodType), {
          maxKeys: 3,
          noNullPrototype: true,
        })
        .map((map) => Object.fromEntries(Object.entries(map).filter(([key]) => key !== '__proto__')));
    case 'object': {
      const shape = Object.entries(def['shape'] as Record<string, z.ZodType>);
      return fc.record(Object.fromEntries(shape.map(([name, field]) => [name, anyOf(field)])));
    }
    default:
      throw new Error(`no samples of a zod ${def.type}`);
  }
};
