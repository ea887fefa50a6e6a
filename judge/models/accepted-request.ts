import { isObject, type Json, parseJson } from '../../openai/json-value.ts';

/** What a model's endpoint does not take, and what it is sent instead. */
export type Change =
  | { what: 'leave out'; member: string }
  | { what: 'rename'; member: string; to: string }
  /** The reply is still told to be JSON, without its schema. */
  | { what: 'any JSON' }
  /** The reply's schema says less; what is said of numbers and lengths is checked when the reply is read. */
  | { what: 'loosen'; keywords: readonly string[] };

const BOUNDS =
  'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern minItems maxItems uniqueItems minContains maxContains minProperties maxProperties'.split(
    ' ',
  );
/** Some can't do without these, others don't know them. */
const LOOSE: readonly (readonly string[])[] = [BOUNDS, ['additionalProperties']];
/** What a call is about, which can't be left out. */
const NEEDED: ReadonlySet<string> = new Set(['model', 'messages', 'input']);
const NEW_NAMES: Readonly<Record<string, string>> = { max_tokens: 'max_completion_tokens' };
/** An endpoint may quote the whole question. */
const MAX_REFUSAL_CHARACTERS = 2_000;

const squashed = (name: string): string => name.toLowerCase().replaceAll('_', '');

/** The words of a refusal in order, and each two that stand together: `response format` is `response_format`. */
const wordsOf = (text: string): string[] => {
  const words = squashed(text)
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  return words.flatMap((word, i) => [word, `${word}${words[i + 1] ?? ''}`]);
};

/** What stands in `error.param`, and the words beside it, of OpenAI's form and of what others made of it. */
const readRefusal = (text: string): { param: string; words: string } => {
  const root = parseJson(text);
  const first: unknown = Array.isArray(root) ? root[0] : root;
  const error = isObject(first) && isObject(first['error']) ? first['error'] : first;
  if (!isObject(error)) return { param: '', words: text.slice(0, MAX_REFUSAL_CHARACTERS) };
  const said = error['message'] ?? error['detail'] ?? error['error'] ?? error;
  const words = typeof said === 'string' ? said : JSON.stringify(said);
  const param = typeof error['param'] === 'string' ? error['param'] : '';
  return { param, words: words.slice(0, MAX_REFUSAL_CHARACTERS) };
};

const schemaOf = (request: Json): Json | null => {
  const format = request['response_format'];
  const held = isObject(format) && isObject(format['json_schema']) ? format['json_schema'] : {};
  return isObject(held['schema']) ? held['schema'] : null;
};

/** A JSON schema without some keywords; members of what it describes may have the same names. */
const loosened = (schema: unknown, keywords: readonly string[], areNames = false): unknown => {
  if (Array.isArray(schema)) return schema.map((one) => loosened(one, keywords));
  if (!isObject(schema)) return schema;
  const kept = Object.entries(schema).filter(([key]) => areNames || !keywords.includes(key));
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      loosened(value, keywords, !areNames && (key === 'properties' || key === '$defs')),
    ]),
  );
};

const changed = (request: Json, change: Change): Json => {
  if (change.what === 'loosen') {
    const schema = schemaOf(request);
    if (schema === null) return request;
    const format = request['response_format'] as Json;
    const held = { ...(format['json_schema'] as Json), schema: loosened(schema, change.keywords) };
    return { ...request, response_format: { ...format, json_schema: held } };
  }
  if (change.what === 'any JSON')
    return schemaOf(request) === null ? request : { ...request, response_format: { type: 'json_object' } };
  const { [change.member]: value, ...rest } = request;
  return change.what === 'rename' && value !== undefined ? { ...rest, [change.to]: value } : rest;
};

/** A request as an endpoint takes it. */
export const withChanges = (request: Json, changes: readonly Change[]): Json => changes.reduce(changed, request);

const changeOfMember = (request: Json, member: string, words: readonly string[]): Change => {
  if (member === 'response_format' && schemaOf(request) !== null) return { what: 'any JSON' };
  const to = NEW_NAMES[member];
  if (to !== undefined && words.includes(squashed(to)) && !(to in request)) return { what: 'rename', member, to };
  return { what: 'leave out', member };
};

/**
 * What to change about a request that was refused for what is in it, by the body of the answer with status 400 or 422; null
 * where that names nothing that could be left out. Changes come to an end: each leaves something out, or renames what has a new name.
 */
export const changeFor = (request: Json, refusal: string): Change | null => {
  const { param, words: said } = readRefusal(refusal);
  const words = wordsOf(`${param} ${said}`);
  const schema = schemaOf(request);
  if (schema !== null)
    for (const keywords of LOOSE) {
      const isNamed = keywords.some((keyword) => words.includes(squashed(keyword)));
      if (isNamed && JSON.stringify(loosened(schema, keywords)) !== JSON.stringify(schema))
        return { what: 'loosen', keywords };
    }
  const members = new Map<string, string>();
  for (const member of Object.keys(request)) if (!NEEDED.has(member)) members.set(squashed(member), member);
  if ('response_format' in request)
    for (const name of ['jsonschema', 'jsonobject']) members.set(name, 'response_format');
  const named = words.find((word) => members.has(word));
  return named === undefined ? null : changeOfMember(request, members.get(named)!, words);
};
