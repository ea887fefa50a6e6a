import { messageOf } from '../../schemas/error-message.ts';
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import { LRUCache } from 'lru-cache';
import { isObject, type Json, objectsIn } from '../../openai/json-value.ts';
import { type AnswerCall, argumentsText } from '../../openai/reading.ts';
import { maskedMisfit } from './masked.ts';

/** One tool call: `arguments` is the JSON text the model wrote, and `problem` what is malformed about the call. */
export type ToolCall = Readonly<Pick<AnswerCall, 'name' | 'arguments'> & Partial<Pick<AnswerCall, 'problem'>>>;

/** One function offered in a request's `tools`; `parameters` is its JSON schema as the client wrote it. */
export type OfferedFunction = { readonly name: string; readonly parameters: unknown };

/**
 * `valid` is null when the call cannot be judged: then there is no score, for no arm is to blame for a client's schema, nor for
 * what was masked on the way to the judge (`isMasked`).
 */
export type ToolCallValidity = { readonly valid: boolean | null; readonly reason: string; readonly isMasked?: true };

/**
 * Whether a call names an offered function and its arguments fit that function's schema. `masks` are the marks that stand in it for what
 * redaction took out.
 */
export type ToolCallCheck = (
  call: ToolCall,
  offered: readonly OfferedFunction[],
  masks: ReadonlySet<string>,
) => ToolCallValidity;

const maxSchemaSizeChars = 100_000;
const maxSchemaNodes = 1_000;
const maxSchemaDepth = 64;
/** Schema nodes times characters of arguments: validating costs at most so many steps. */
const maxSteps = 5_000_000;
/** Of the schemas that are kept compiled, together. Each takes up to 120 bytes of memory a character, and no less than some KB. */
const maxKeptChars = 1_000_000;
const minSchemaChars = 100;

const ajvOptions = {
  strict: false,
  validateFormats: false,
  logger: false,
  addUsedSchema: false,
  ownProperties: true,
  // It doubles what compiling takes, and most schemas check a few calls.
  code: { optimize: false },
} as const;

/** Anthropic says `custom` of a tool with a schema, OpenAI of one without. */
const isCustom = (tool: Json): boolean => tool['type'] === 'custom' && tool['input_schema'] === undefined;

/**
 * The functions of a request body's `tools` value, in the forms of chat (`function: {name, parameters}`), responses (the same
 * without the frame) and Anthropic (`input_schema`). What has no name, such as tools that the provider runs, is left out.
 */
export function offeredFunctions(tools: unknown): OfferedFunction[] {
  return objectsIn(tools).flatMap((tool) => {
    const { name, parameters, input_schema: schema }: Json = isObject(tool['function']) ? tool['function'] : tool;
    return typeof name === 'string' && !isCustom(tool) ? [{ name, parameters: parameters ?? schema }] : [];
  });
}

/** The names of the custom tools among them, in the forms of chat (`custom: {name}`) and responses. */
export function customToolNames(tools: unknown): string[] {
  return objectsIn(tools).flatMap((tool) => {
    const { name }: Json = isObject(tool['custom']) ? tool['custom'] : tool;
    return typeof name === 'string' && isCustom(tool) ? [name] : [];
  });
}

/**
 * Makes the check of one tool call against the functions its request offered: the function is known, the arguments are
 * JSON (none count as `{}`), and they fit the function's schema without coercion. Compiled schemas are kept, of a million
 * characters together, the least recently used dropped first; what is kept never changes a verdict. What is
 * dropped leaves the memory only where compiled texts are forgotten (compiled-texts.io.ts).
 *
 * Schemas come from clients, so a schema is rebuilt from an allow-list of keywords before ajv sees it (see `restrict`).
 * A schema over 100,000 characters, 1,000 nodes or 64 levels, or one that ajv refuses, and arguments too long for
 * their schema (5,000,000 characters by its nodes), give `valid: null`.
 */
export function createToolCallCheck(): ToolCallCheck {
  const meta = new Ajv2020(ajvOptions);
  const sizeCalculation = (_: Compiled, { length }: string): number => minSchemaChars + length;
  const kept = new LRUCache<string, Compiled>({ maxSize: maxKeptChars, sizeCalculation });
  /** By a request's own objects, so that a thousand calls of one function write its schema out once. */
  const ofRequest = new WeakMap<object, Compiled>();

  function compiled(schemaJson: string): Compiled {
    const known = kept.get(schemaJson) ?? compile(meta, schemaJson);
    kept.set(schemaJson, known);
    return known;
  }

  function usable(schema: unknown): Compiled {
    const isKept = typeof schema === 'object' && schema !== null;
    const known = isKept ? ofRequest.get(schema) : undefined;
    if (known) return known;
    const schemaJson = jsonOf(schema);
    const found = schemaJson === null ? { unusable: 'it is too large' } : compiled(schemaJson);
    if (isKept) ofRequest.set(schema, found);
    return found;
  }

  return (call, offered, masks) => {
    if (call.problem) return { valid: false, reason: `the call of ${call.name || 'nothing'}: ${call.problem}` };
    const fn = offered.find(({ name }) => name === call.name);
    if (fn === undefined) return { valid: false, reason: `function ${call.name} was not offered` };
    let args: unknown;
    try {
      args = JSON.parse(argumentsText(call.arguments));
    } catch {
      return { valid: false, reason: `the arguments of ${call.name} are not JSON` };
    }
    if (!isObject(args)) return { valid: false, reason: `the arguments of ${call.name} are not a JSON object` };
    if (fn.parameters === undefined || fn.parameters === null) return { valid: true, reason: '' };
    return validity(call, usable(fn.parameters), args, masks);
  };
}

/** Null when too long, or nested so deep that the stack does not hold it. */
function jsonOf(schema: unknown): string | null {
  try {
    const json = JSON.stringify(schema);
    return json.length > maxSchemaSizeChars ? null : json;
  } catch {
    return null;
  }
}

type Compiled = { validate: ValidateFunction; nodes: number } | { unusable: string };

/** An Ajv holds all that it ever compiled, so each schema has one of its own, and `meta` only says whether it is one. */
function compile(meta: Ajv2020, schemaJson: string): Compiled {
  try {
    const root: unknown = JSON.parse(schemaJson);
    const walk: Walk = { root, nodes: 0, refs: [] };
    const schema = restrict(root, walk, 0);
    void meta.validateSchema(schema, true);
    const validate = new Ajv2020({ ...ajvOptions, meta: false, validateSchema: false }).compile(schema);
    return { validate, nodes: walk.nodes };
  } catch (error) {
    return { unusable: messageOf(error) };
  }
}

function validity(call: ToolCall, schema: Compiled, args: unknown, masks: ReadonlySet<string>): ToolCallValidity {
  const { name } = call;
  if ('unusable' in schema) return { valid: null, reason: `the schema of ${name} cannot be used: ${schema.unusable}` };
  if (schema.nodes * call.arguments.length > maxSteps) {
    return { valid: null, reason: `the arguments of ${name} are too long to check` };
  }
  try {
    if (schema.validate(args)) return { valid: true, reason: '' };
  } catch (error) {
    return { valid: null, reason: `the schema of ${name} cannot be applied: ${String(error)}` };
  }
  const masked = maskedMisfit(args, schema.validate.errors ?? [], masks);
  if (masked !== null) return { valid: null, reason: `${name}${masked}: it was masked`, isMasked: true };
  const first = schema.validate.errors?.[0];
  return {
    valid: false,
    reason: `${name}${first?.instancePath ?? ''}: ${first?.message ?? 'does not fit its schema'}`,
  };
}

const plainKeywords =
  'type enum const required nullable dependentRequired minimum maximum exclusiveMinimum exclusiveMaximum ' +
  'multipleOf minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains';
const schemaKeywords = ['items', 'additionalProperties', 'contains', 'propertyNames', 'not', 'if', 'then', 'else'];
const schemaListKeywords = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];

type Walk = { readonly root: unknown; nodes: number; readonly refs: readonly string[] };

/**
 * Rebuilds a schema so that validating costs at most its size times the arguments' size.
 * `pattern`, `patternProperties` and `format` (regular expressions can take exponential time), `uniqueItems` (quadratic)
 * and everything that is no assertion are left out. Local `$ref`s are written out in place, counted towards the node limit,
 * since a chain of doubled references grows exponentially; a reference into itself, or to elsewhere, allows anything.
 * Throws when the limits are passed.
 */
function restrict(schema: unknown, walk: Walk, depth: number): AnySchema {
  count(walk, 1);
  if (depth > maxSchemaDepth) throw new Error(`it is more than ${maxSchemaDepth} levels deep`);
  if (typeof schema === 'boolean') return schema;
  if (!isObject(schema)) throw new Error('a schema is neither an object nor a boolean');
  const out: Record<string, unknown> = {};
  for (const key of plainKeywords.split(' ')) {
    if (!Object.hasOwn(schema, key)) continue;
    out[key] = schema[key];
    count(walk, nodesOf(schema[key]));
  }
  for (const key of schemaKeywords) {
    if (Object.hasOwn(schema, key) && !Array.isArray(schema[key])) out[key] = restrict(schema[key], walk, depth + 1);
  }
  for (const key of schemaListKeywords) {
    if (Array.isArray(schema[key])) out[key] = schema[key].map((one) => restrict(one, walk, depth + 1));
  }
  // Up to draft 2019-09 a tuple is a list in `items`.
  if (Array.isArray(schema['items'])) out['prefixItems'] = schema['items'].map((one) => restrict(one, walk, depth + 1));
  if (isObject(schema['properties'])) {
    const properties = Object.entries(schema['properties']).map(([name, one]) => [
      name,
      restrict(one, walk, depth + 1),
    ]);
    out['properties'] = Object.fromEntries(properties);
  }
  if (typeof schema['$ref'] !== 'string') return out;
  return { allOf: [out, referred(schema['$ref'], walk, depth)] };
}

function referred(ref: string, walk: Walk, depth: number): AnySchema {
  if ((ref !== '#' && !ref.startsWith('#/')) || walk.refs.includes(ref)) return true;
  const inner = { root: walk.root, nodes: walk.nodes, refs: [...walk.refs, ref] };
  const out = restrict(at(walk.root, ref), inner, depth + 1);
  walk.nodes = inner.nodes;
  return out;
}

/** The value a JSON pointer (RFC 6901) in URI fragment form points at; anything is allowed where it points nowhere. */
function at(root: unknown, ref: string): unknown {
  let here: unknown = root;
  for (const part of ref.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null) return true;
    const next: [string, unknown] | undefined = Object.entries(here).find(([name]) => name === key);
    if (next === undefined) return true;
    here = next[1];
  }
  return here;
}

function count(walk: Walk, nodes: number): void {
  walk.nodes += nodes;
  if (walk.nodes > maxSchemaNodes) throw new Error(`it has more than ${maxSchemaNodes} nodes`);
}

function nodesOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? JSON.stringify(value).split(',').length : 1;
}
