import type { Body } from '../schemas/exchange.ts';
import type { Version } from '../schemas/routing-view.ts';
import { isObject, type Json, objectsIn } from './json-value.ts';
import { objectAt } from './protocols/content.ts';
import { type Said, saidIn, saidInEnd } from './said.ts';

/** Tokens that the upstream counted, and their price in US dollars; null where it did not say. */
export type Usage = { promptTokens: number | null; completionTokens: number | null; costUsd: number | null };

/** In US dollars per million tokens; of cached prompt tokens null for the price of the others. */
export type Price = Pick<Version, 'promptUsdPerMillion' | 'completionUsdPerMillion'> &
  Partial<Pick<Version, 'cachedPromptUsdPerMillion'>>;

/** `cachedTokens`: those of the prompt that the upstream did not have to read anew, 0 where it tells none. */
type Counts = { promptTokens: number | null; completionTokens: number | null; cachedTokens: number };

export const UNKNOWN_USAGE: Usage = { promptTokens: null, completionTokens: null, costUsd: null };

const tokens = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

const firstTokens = (...values: readonly unknown[]): number | null => {
  for (const value of values) {
    const count = tokens(value);
    if (count !== null) return count;
  }
  return null;
};

const plus = (...counts: readonly (number | null)[]): number | null =>
  counts.every((count) => count === null) ? null : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);

/** Gemini tells apart what was thought, and what tools' results cost. */
const ofGemini = (said: Json): Counts => ({
  promptTokens: plus(tokens(said['promptTokenCount']), tokens(said['toolUsePromptTokenCount'])),
  completionTokens: plus(tokens(said['candidatesTokenCount']), tokens(said['thoughtsTokenCount'])),
  cachedTokens: tokens(said['cachedContentTokenCount']) ?? 0,
});

/** Chat, completions and embeddings say `prompt_tokens`, responses and Anthropic `input_tokens`; only Anthropic without the cached. */
const ofOthers = (said: Json): Counts => {
  const details = objectAt(said, 'prompt_tokens_details') ?? objectAt(said, 'input_tokens_details');
  const read = tokens(said['cache_read_input_tokens']);
  const created = tokens(said['cache_creation_input_tokens']);
  const whole = tokens(said['prompt_tokens']);
  const input = tokens(said['input_tokens']);
  return {
    promptTokens: whole ?? (details === undefined ? plus(input, read, created) : input),
    completionTokens: firstTokens(said['completion_tokens'], said['output_tokens']),
    cachedTokens: firstTokens(details?.['cached_tokens'], read, said['prompt_cache_hit_tokens']) ?? 0,
  };
};

const GEMINI = 'usageMetadata';

/** Where an answer, or an event, tells its usage: Groq in `x_groq`, and in an API's events that hold an answer there. */
const reportedIn = (value: Json): Json | undefined =>
  objectAt(value, 'usage') ??
  objectAt(value, GEMINI) ??
  objectAt(objectAt(value, 'response') ?? {}, 'usage') ??
  objectAt(objectAt(value, 'message') ?? {}, 'usage') ??
  objectAt(objectAt(value, 'x_groq') ?? {}, 'usage');

/** What is told again later is what counts; Anthropic tells the prompt's first, and the rest in the end. */
const merged = (before: Json | undefined, later: Json): Json => {
  if (before === undefined) return later;
  const told = Object.entries(later).filter(
    ([name, value]) => (value !== null && value !== 0) || before[name] === undefined,
  );
  return { ...before, ...Object.fromEntries(told) };
};

const usageIn = (values: readonly Json[]): Json | undefined => {
  let found: Json | undefined;
  for (const value of values) {
    const reported = reportedIn(value);
    if (reported !== undefined) found = merged(found, reported);
  }
  return found;
};

/** Of a document, a stream's events, and a stream that came as one list of documents, which Gemini does. */
const reportedBy = (said: Said): Json | undefined => {
  if (said.form === 'events') return usageIn(said.events.map(({ value }) => value));
  if (said.form === 'text') return undefined;
  if (isObject(said.value)) return usageIn([said.value]);
  return usageIn(objectsIn(said.value).filter((one) => isObject(one[GEMINI])));
};

const AT_END = new RegExp(`"(?:usage|${GEMINI})"\\s*:\\s*\\{`, 'g');
/** No API's usage is longer; a hostile end is not searched further. */
const MAX_USAGE_CHARACTERS = 4_096;

/** The last usage in the end of a plain answer that was too long to keep. In a text its quotes would be escaped. */
const reportedAtEnd = (text: string): Json | undefined => {
  const last = [...text.matchAll(AT_END)].at(-1);
  if (last === undefined) return undefined;
  const brace = last.index + last[0].length - 1;
  let depth = 0;
  for (let i = brace; i < Math.min(text.length, brace + MAX_USAGE_CHARACTERS); i += 1) {
    if (text[i] === '{') depth += 1;
    else if (text[i] === '}' && (depth -= 1) === 0)
      return reportedBy(saidIn({ contentType: '', text: `{"usage":${text.slice(brace, i + 1)}}` }));
  }
  return undefined;
};

const isFree = ({ promptUsdPerMillion, completionUsdPerMillion }: Price): boolean =>
  promptUsdPerMillion === 0 && completionUsdPerMillion === 0;

/** The cost is unknown without a price, and where there is one without any count. */
const priced = (counts: Counts | null, price: Price | undefined): Usage => {
  const { promptTokens = null, completionTokens = null, cachedTokens = 0 } = counts ?? {};
  if (price === undefined) return { promptTokens, completionTokens, costUsd: null };
  if (promptTokens === null && completionTokens === null)
    return { ...UNKNOWN_USAGE, costUsd: isFree(price) ? 0 : null };
  const { promptUsdPerMillion, completionUsdPerMillion, cachedPromptUsdPerMillion } = price;
  const cached = Math.min(cachedTokens, promptTokens ?? 0);
  const ofPrompt =
    ((promptTokens ?? 0) - cached) * promptUsdPerMillion + cached * (cachedPromptUsdPerMillion ?? promptUsdPerMillion);
  const costUsd = (ofPrompt + (completionTokens ?? 0) * completionUsdPerMillion) / 1e6;
  return { promptTokens, completionTokens, costUsd };
};

const usageFrom = (reported: Json | undefined, price: Price | undefined): Usage => {
  if (reported === undefined) return priced(null, price);
  const isGemini = 'promptTokenCount' in reported || 'candidatesTokenCount' in reported;
  return priced(isGemini ? ofGemini(reported) : ofOthers(reported), price);
};

/** The usage that an answer reports, of whatever API, and what it cost at `price`. */
export const usageOfSaid = (said: Said, price: Price | undefined): Usage => usageFrom(reportedBy(said), price);

/** The same of the end of an answer that was too long to keep; `said` is null of one that is no stream. */
export const usageOfEnd = (said: Said | null, text: string, price: Price | undefined): Usage =>
  usageFrom(said === null ? reportedAtEnd(text) : reportedBy(said), price);

/**
 * The usage that an answer reports, plain or as a stream, and what it cost at `price`. Anything unreadable is unknown; the cost
 * is unknown without a price, or without any count. `part` says whether `text` is the whole answer or only the end of one.
 */
export const usageOf = (
  body: Pick<Body, 'contentType' | 'text'>,
  price: Price | undefined,
  part: 'whole' | 'end' = 'whole',
): Usage => (part === 'whole' ? usageOfSaid(saidIn(body), price) : usageOfEnd(saidInEnd(body), body.text, price));
