import { isObject, type Json, objectsIn, parseJson } from '../../openai/json-value.ts';
import { stringOf } from '../../openai/protocols/content.ts';

/** What a model's endpoint does not take, and what it is sent instead. */
export type Change =
  | { what: 'leave out'; member: string }
  | { what: 'rename'; member: string; to: string }
  /** The reply may be no longer than that. `isForThis`: this question leaves no more room, which says nothing of others. */
  | { what: 'at most'; tokens: number; isForThis: boolean }
  /** The reply is still told to be JSON, without its schema. */
  | { what: 'any JSON' }
  /** The reply's schema says less; what is said of numbers and lengths is checked when the reply is read. */
  | { what: 'loosen'; keywords: readonly string[] }
  /** What the system says stands at the head of what the user says. */
  | { what: 'one voice' }
  /** The question alone, with the reply's limit. */
  | { what: 'plain' };

const BOUNDS =
  'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern minItems maxItems uniqueItems minContains maxContains minProperties maxProperties'.split(
    ' ',
  );
/** Some can't do without these, others don't know them. */
const LOOSE: readonly (readonly string[])[] = [BOUNDS, ['additionalProperties']];
/** What a call is about, which can't be left out. */
const NEEDED: ReadonlySet<string> = new Set(['model', 'messages', 'input']);
/** What the limit of a reply's tokens is called, the newer name first. */
export const LIMIT_NAMES = ['max_completion_tokens', 'max_tokens'] as const;
/** Of any less no verdict is made. */
const MIN_REPLY_TOKENS = 512;
/** Said of a limit that is too high for the model, whatever the question. */
const TOO_MUCH =
  /\btoo (?:large|big|high|long|many)\b|\b(?:at most|up to|maximum|max value|exceeds?|greater than|less than|range)\b[^.]{0,80}\d|\d\s{0,2}[<>]=?\s{0,2}\d/i;
/** Said where question and reply together are too long: most count what the reply may come to. */
const TOO_LONG = /\bcontext[ _](?:length|window|size|limit)\b/i;
/** An endpoint may quote the whole question. */
const MAX_REFUSAL_CHARACTERS = 2_000;
/** Kinds of refusals that no other form of the same question would spare. */
const OF_QUESTION = /^(?:content_(?:filter|policy)|context_length|string_above_max|model_not_found|invalid_prompt)/;
/** Models without a system role, as their servers and chat templates say it. */
const NO_SYSTEM =
  /\bsystem['"`]?\s{1,4}(?:role|message|prompt|instruction)|\brole\b[^.]{0,60}\bsystem\b|\broles must alternate|\bonly user and assistant roles|\bdeveloper instruction/i;

const squashed = (name: string): string => name.toLowerCase().replaceAll('_', '');

/** The words of a refusal in order, and each two that stand together: `response format` is `response_format`. */
const wordsOf = (text: string): string[] => {
  const words = squashed(text)
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  return words.flatMap((word, i) => [word, `${word}${words[i + 1] ?? ''}`]);
};

/** What a refusal names as its cause, '' if nothing, and its words. `code` is its kind. */
type Refusal = { param: string; words: string; code: string };

/** Of each fault that a validator lists (FastAPI's form, or plain texts), where it is and what it is, without the input that it quotes. */
const ofDetails = (details: readonly unknown[]): Omit<Refusal, 'code'> => {
  const faults = objectsIn(details);
  const texts = details.filter((detail) => typeof detail === 'string');
  const param = faults.map(({ loc }) => (Array.isArray(loc) ? loc.join('.') : '')).join(' ');
  return { param, words: [...texts, ...faults.map(({ msg }) => (typeof msg === 'string' ? msg : ''))].join(' ') };
};

/** Of OpenAI's form and of what others made of it. */
const readRefusal = (text: string): Refusal => {
  const root = parseJson(text);
  const first: unknown = Array.isArray(root) ? root[0] : root;
  const error = isObject(first) && isObject(first['error']) ? first['error'] : first;
  if (!isObject(error)) return { param: '', words: text, code: '' };
  const code = stringOf(error['code']);
  const told = error['message'] ?? error['detail'] ?? error['error'] ?? error;
  const said = isObject(told) && Array.isArray(told['detail']) ? told['detail'] : told;
  if (Array.isArray(said)) return { ...ofDetails(said), code };
  const words = typeof said === 'string' ? said : JSON.stringify(said);
  return { param: stringOf(error['param']), words, code };
};

/** Whether a model was at work and wrote no JSON where it was held to some, which is told as a refusal. */
export const isFailedReply = (refusal: string): boolean => readRefusal(refusal).code === 'json_validate_failed';

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

/** The same messages with all that the system says before what the user says. */
const inOneVoice = (request: Json): Json => {
  const messages = objectsIn(request['messages']);
  if (!messages.some(({ role }) => role === 'system')) return request;
  return { ...request, messages: [{ role: 'user', content: messages.map(({ content }) => content).join('\n\n') }] };
};

const limitNameIn = (request: Json): string | null => LIMIT_NAMES.find((name) => name in request) ?? null;
const tokensIn = (request: Json): number => Number(request[limitNameIn(request) ?? ''] ?? 0);

const withLimit = (request: Json, tokens: number): Json => {
  const name = limitNameIn(request);
  return name === null ? request : { ...request, [name]: Math.min(tokens, tokensIn(request)) };
};

const plain = (request: Json): Json => {
  const limit = limitNameIn(request);
  return Object.fromEntries(Object.entries(request).filter(([name]) => NEEDED.has(name) || name === limit));
};

const changed = (request: Json, change: Change): Json => {
  if (change.what === 'one voice') return inOneVoice(request);
  if (change.what === 'at most') return withLimit(request, change.tokens);
  if (change.what === 'plain') return plain(request);
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

/** By its older name, if it has its newer one, else without it. */
const otherLimit = (member: string): Change => {
  const [newer, older] = LIMIT_NAMES;
  return member === newer ? { what: 'rename', member, to: older } : { what: 'leave out', member };
};

const changeOfMember = (request: Json, member: string, words: string): Change => {
  if (member === 'response_format' && schemaOf(request) !== null) return { what: 'any JSON' };
  if (member !== limitNameIn(request)) return { what: 'leave out', member };
  const tokens = tokensIn(request) / 2;
  const isTooMuch = TOO_MUCH.test(words) && tokens >= MIN_REPLY_TOKENS;
  return isTooMuch ? { what: 'at most', tokens, isForThis: TOO_LONG.test(words) } : otherLimit(member);
};

/** The request's members by the names that a refusal may use for them, but for those that can't be left out. */
const membersByName = (request: Json): ReadonlyMap<string, string> => {
  const members = new Map<string, string>();
  for (const member of Object.keys(request)) if (!NEEDED.has(member)) members.set(squashed(member), member);
  if ('response_format' in request)
    for (const name of ['jsonschema', 'jsonobject']) members.set(name, 'response_format');
  const limit = limitNameIn(request);
  // Some name it as they call it themselves.
  if (limit !== null) for (const name of LIMIT_NAMES) members.set(squashed(name), limit);
  return members;
};

const loosening = (request: Json, words: readonly string[]): Change | null => {
  const schema = schemaOf(request);
  if (schema === null) return null;
  for (const keywords of LOOSE) {
    const isNamed = keywords.some((keyword) => words.includes(squashed(keyword)));
    if (isNamed && JSON.stringify(loosened(schema, keywords)) !== JSON.stringify(schema))
      return { what: 'loosen', keywords };
  }
  return null;
};

/** What the refusal names; null where that is nothing, or the question itself. */
const namedChange = (request: Json, { param, words, code }: Refusal): Change | 'the question' | null => {
  const tokens = tokensIn(request) / 2;
  const isTooLong = code.startsWith('context_length') || TOO_LONG.test(words);
  if (isTooLong && tokens >= MIN_REPLY_TOKENS) return { what: 'at most', tokens, isForThis: true };
  if (OF_QUESTION.test(code)) return 'the question';
  const members = membersByName(request);
  const inParam = wordsOf(param);
  const said = wordsOf(`${param} ${words}`);
  const told = inParam.find((word) => members.has(word));
  // What a parameter's fault is, is no matter: `0 is less than the minimum` speaks of no schema.
  if (told !== undefined && told !== 'responseformat') return changeOfMember(request, members.get(told)!, words);
  if (changed(request, { what: 'one voice' }) !== request && NO_SYSTEM.test(words)) return { what: 'one voice' };
  if (inParam.some((word) => NEEDED.has(word))) return 'the question';
  // Before the schema's bounds: of a limit it is said that it is above a maximum.
  const limit = said.find((word) => members.get(word) === limitNameIn(request));
  if (limit !== undefined) return changeOfMember(request, members.get(limit)!, words);
  const looser = loosening(request, said);
  if (looser !== null) return looser;
  const named = said.find((word) => members.has(word));
  return named === undefined ? null : changeOfMember(request, members.get(named)!, words);
};

/**
 * What to change about a request that was refused for what is in it, by the body of the answer with status 400 or 422: what that
 * names, or where it names nothing, all but the question and the reply's limit, and then that; null where it names the question,
 * or there is nothing else left. Changes come to an end: each leaves something out, takes an older name, or halves the limit.
 */
export const changeFor = (request: Json, refusal: string): Change | null => {
  const read = readRefusal(refusal);
  const named = namedChange(request, { ...read, words: read.words.slice(0, MAX_REFUSAL_CHARACTERS) });
  if (named !== null) return named === 'the question' ? null : named;
  const limit = limitNameIn(request);
  if (Object.keys(request).some((name) => !NEEDED.has(name) && name !== limit)) return { what: 'plain' };
  return limit === null ? null : otherLimit(limit);
};

/** A request without its question: endpoints take or refuse all of one form alike. */
export const formOf = (request: Json): string => {
  const form = Object.entries(request).filter(([name]) => !NEEDED.has(name));
  return JSON.stringify([objectsIn(request['messages']).length, ...form]);
};
