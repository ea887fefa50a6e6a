import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import { z } from 'zod';

/** The value as its contract gives it back. Throws an Error that says what is wrong as `path: message`, at most three. */
export type Contract<T> = (value: unknown) => T;

const violation = (issues: readonly { path: readonly PropertyKey[]; message: string }[]): Error =>
  new Error(
    issues
      .slice(0, 3)
      .map(({ path, message }) => `${path.map(String).join('.') || 'value'}: ${message}`)
      .join('; '),
  );

type Check = { check: string; format?: string; pattern?: RegExp };
type Def = Omit<z.core.$ZodTypeDef, 'checks'> & {
  checks?: readonly { _zod: { def: Check } }[];
  format?: string;
  coerce?: boolean;
  catchall?: unknown;
  shape?: object;
  keyType?: z.core.$ZodType;
  mode?: string;
};
type Node = Record<string, unknown> & { anyOf?: unknown[]; maxLength?: number };

const defOf = (schema: z.core.$ZodType): Def => schema._zod.def;
const checksOf = ({ checks = [] }: Def): Check[] => checks.map((check) => check._zod.def);

/** The checks of each kind of schema that JSON Schema can say, so that whatever is new to this file is left to zod. */
const SAID: Readonly<Record<string, (def: Def, checks: readonly Check[]) => boolean>> = {
  string: (def, checks) =>
    checks.every(({ check, format }) =>
      check === 'string_format' ? format === 'regex' : check === 'min_length' || check === 'max_length',
    ) && def.format === undefined,
  number: (def, checks) =>
    [def, ...checks.filter(({ check }) => check === 'number_format')].every(
      ({ format }) => format === undefined || format === 'safeint',
    ) && checks.every(({ check }) => ['number_format', 'greater_than', 'less_than'].includes(check)),
  array: (_def, checks) => checks.every(({ check }) => check === 'min_length' || check === 'max_length'),
  record: ({ keyType, mode }, checks) => {
    const key = keyType && defOf(keyType);
    return checks.length === 0 && mode !== 'loose' && key?.type === 'string' && checksOf(key).length === 0;
  },
  object: ({ catchall }, checks) => checks.length === 0 && catchall === undefined,
  boolean: (_def, checks) => checks.length === 0,
  null: (_def, checks) => checks.length === 0,
  enum: (_def, checks) => checks.length === 0,
  literal: (_def, checks) => checks.length === 0,
  nullable: (_def, checks) => checks.length === 0,
  default: (_def, checks) => checks.length === 0,
};

/** What zod gives back as it is: a class instance is no map to it, and a key `__proto__` is left out. */
const isPlainMap = (map: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(map);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return !Object.hasOwn(map, '__proto__') && Object.getOwnPropertySymbols(map).length === 0;
};

/**
 * The contract as JSON Schema, where every value that it allows is one that zod gives back unchanged: fields with a default
 * must be there. What it refuses zod may yet allow. Undefined when something in the contract can't be said in it.
 */
const jsonSchemaOf = (contract: z.ZodType, patterns: RegExp[][]): AnySchema | undefined => {
  let isSaid = true;
  const complete = (schema: z.core.$ZodType, node: Node): void => {
    const def = defOf(schema);
    const checks = checksOf(def);
    if (def.coerce === true || SAID[def.type]?.(def, checks) !== true) isSaid = false;
    // Else it forbids unknown fields, which zod leaves out and Avro knows nothing of.
    if (def.type === 'object') delete node['additionalProperties'];
    if (def.type === 'record') {
      delete node['propertyNames'];
      node['plainMap'] = true;
    }
    // JSON Schema counts code points and zod UTF-16 units, of which each takes two at most.
    if (def.type === 'string' && node.maxLength !== undefined) node.maxLength = Math.floor(node.maxLength / 2);
    const found = checks.flatMap(({ pattern }) => pattern ?? []);
    if (def.type === 'string' && found.length > 0) {
      // Its own patterns have other flags.
      delete node['pattern'];
      delete node['allOf'];
      node['matches'] = patterns.push(found) - 1;
    }
    // `anyOf` makes an error of the branch that does not fit, and throws it away.
    if (def.type === 'nullable' && node.anyOf?.length === 2) {
      node['if'] = { type: 'null' };
      node['else'] = node.anyOf[0];
      delete node.anyOf;
    }
  };
  const json = z.toJSONSchema(contract, {
    // None of the names that schemas are registered by: then all is inlined, and twins of one name are no matter.
    metadata: z.registry(),
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => complete(zodSchema, jsonSchema),
  });
  return isSaid ? json : undefined;
};

/** A test that only such values pass as zod gives back unchanged; undefined where it can't be said in JSON Schema. */
export const compileCheck = (contract: z.ZodType): ValidateFunction | undefined => {
  const patterns: RegExp[][] = [];
  const json = jsonSchemaOf(contract, patterns);
  if (json === undefined) return undefined;
  const ajv = new Ajv2020({ strict: false, strictNumbers: true, validateSchema: false });
  ajv.addKeyword({ keyword: 'plainMap', type: 'object', errors: false, compile: () => isPlainMap });
  ajv.addKeyword({
    keyword: 'matches',
    type: 'string',
    errors: false,
    compile: (at: number) => (text: string) =>
      patterns[at]!.every((pattern) => {
        pattern.lastIndex = 0;
        return pattern.test(text);
      }),
  });
  return ajv.compile(json);
};

/**
 * Holds values against a zod schema. Zod is the arbiter, and says what is wrong; a compiled JSON Schema, several times as
 * fast, lets through what zod would give back unchanged. Fields that the schema does not know stay on such a value.
 */
export const contractOf = <T>(schema: z.ZodType<T>): Contract<T> => {
  const isKept = compileCheck(schema);
  return (value) => {
    if (isKept?.(value) === true) return value as T;
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw violation(parsed.error.issues);
    return parsed.data;
  };
};
