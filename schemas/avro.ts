import { capitalized } from './sentence/figures.ts';
import { z } from 'zod';

const NAMESPACE = 'coalmine';

/** A schema of the Avro 1.11 specification, as JSON. */
export type Avro = string | readonly Avro[] | { readonly [key: string]: unknown };

type Def = Omit<z.core.$ZodTypeDef, 'checks'> & {
  shape?: Record<string, z.ZodType>;
  innerType?: z.ZodType;
  element?: z.ZodType;
  keyType?: z.ZodType;
  valueType?: z.ZodType;
  format?: string;
  checks?: readonly { _zod: { def: { check: string; format?: string } } }[];
  values?: readonly unknown[];
  defaultValue?: unknown;
};

/** Records written out so far by name: the second use is the name alone, and must be of the same schema. */
type Named = Map<string, z.ZodType>;

const INTEGER_FORMATS = new Set(['safeint', 'int32', 'uint32']);

const isInteger = (def: Def): boolean => {
  const formats = [def.format, ...(def.checks ?? []).map((check) => check._zod.def.format)];
  return formats.some((format) => format !== undefined && INTEGER_FORMATS.has(format));
};

const fieldOf = (name: string, schema: z.ZodType, owner: string, path: string, named: Named): Avro => {
  const def = schema._zod.def as Def;
  const fallbackName = `${owner}${capitalized(name)}`;
  if (def.type === 'default' && def.innerType)
    return { name, type: typeOf(def.innerType, fallbackName, path, named), default: def.defaultValue };
  const type = typeOf(schema, fallbackName, path, named);
  return def.type === 'nullable' ? { name, type, default: null } : { name, type };
};

const recordOf = (schema: z.ZodType, def: Def, fallbackName: string, path: string, named: Named): Avro => {
  const { avroName, id } = z.globalRegistry.get(schema) ?? {};
  const name = typeof avroName === 'string' ? avroName : (id ?? fallbackName);
  const known = named.get(name);
  if (known === schema) return `${NAMESPACE}.${name}`;
  if (known) throw new Error(`${path}: two different records are named ${name}; give one another .meta({ id })`);
  named.set(name, schema);
  const fields = Object.entries(def.shape ?? {}).map(([field, type]) =>
    fieldOf(field, type, name, `${path}.${field}`, named),
  );
  return { type: 'record', name, namespace: NAMESPACE, fields };
};

const typeOf = (schema: z.ZodType, fallbackName: string, path: string, named: Named): Avro => {
  const def = schema._zod.def as Def;
  const inner = (part: z.ZodType | undefined, suffix: string, at: string): Avro => {
    if (!part) throw new Error(`${path}: a zod ${def.type} without its parts`);
    return typeOf(part, `${fallbackName}${suffix}`, `${path}${at}`, named);
  };
  switch (def.type) {
    case 'string':
    case 'enum':
      return 'string';
    case 'literal':
      if (def.values?.every((value) => typeof value === 'string')) return 'string';
      break;
    case 'number':
      return isInteger(def) ? 'long' : 'double';
    case 'boolean':
      return 'boolean';
    case 'nullable':
      return ['null', inner(def.innerType, '', '')];
    case 'array':
      return { type: 'array', items: inner(def.element, '', '[]') };
    case 'record':
      if (def.keyType?._zod.def.type === 'string') return { type: 'map', values: inner(def.valueType, 'Value', '{}') };
      break;
    case 'object':
      return recordOf(schema, def, fallbackName, path, named);
    default:
  }
  throw new Error(`${path}: a zod ${def.type} of this form has no Avro counterpart here; see schemas/avro.ts`);
};

/**
 * The Avro schema of a zod object: objects become records (named by `.meta({ id })`, else by owner and field), enums
 * strings so that a new value breaks no reader, `z.int()` long, other numbers double, `.nullable()` a union with null
 * that defaults to null, `z.record` a map, `.default()` a default. A record that is read as part of a larger one says the
 * larger one's name by `.meta({ avroName })`, since readers go by names. Checks (`.min()` …) have no place in Avro. A field
 * added to a topic that has data must be nullable or have a default, else the registry refuses it. Throws with the path
 * of anything else.
 */
export const avroOf = (schema: z.ZodType, name: string): Avro => typeOf(schema, name, name, new Map());
