import type { Version } from '../schemas/routing-view.ts';
import { membersFromEnd } from './json-end.ts';
import { isObject, type Json, objectsIn, parseJson } from './json-value.ts';
import { type CutAnswer, isCut, type KeptAnswer } from './kept-answer.ts';
import { objectAt } from './protocols/content.ts';
import { type Said, saidIn, saidInBeginning, saidInEnd } from './said.ts';

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

/** With what is told beside it, which alone is no count. */
const plusBeside = (count: number | null, ...beside: readonly (number | null)[]): number | null =>
  count === null ? null : plus(count, ...beside);

/** What a total leaves for the answer, where that is not told: nothing of embeddings. */
const restOf = (total: unknown, promptTokens: number | null): number | null => {
  const all = tokens(total);
  return all === null || promptTokens === null || all < promptTokens ? null : all - promptTokens;
};

/** Gemini tells apart what was thought, and what tools' results cost. */
const ofGemini = (said: Json): Counts => {
  const promptTokens = plusBeside(tokens(said['promptTokenCount']), tokens(said['toolUsePromptTokenCount']));
  const written = plus(tokens(said['candidatesTokenCount']), tokens(said['thoughtsTokenCount']));
  return {
    promptTokens,
    completionTokens: written ?? restOf(said['totalTokenCount'], promptTokens),
    cachedTokens: tokens(said['cachedContentTokenCount']) ?? 0,
  };
};

/** Chat, completions and embeddings say `prompt_tokens`, responses, realtime and Anthropic `input_tokens`; only Anthropic without the cached. */
const ofOthers = (said: Json): Counts => {
  const details =
    objectAt(said, 'prompt_tokens_details') ??
    objectAt(said, 'input_tokens_details') ??
    objectAt(said, 'input_token_details');
  const read = tokens(said['cache_read_input_tokens']);
  const created = tokens(said['cache_creation_input_tokens']);
  const whole = tokens(said['prompt_tokens']);
  const input = tokens(said['input_tokens']);
  const promptTokens = whole ?? (details === undefined ? plusBeside(input, read, created) : input);
  return {
    promptTokens,
    completionTokens:
      firstTokens(said['completion_tokens'], said['output_tokens']) ?? restOf(said['total_tokens'], promptTokens),
    // Gateways say in several forms what they know of one, with 0 in the others.
    cachedTokens: Math.max(
      tokens(details?.['cached_tokens']) ?? 0,
      read ?? 0,
      tokens(said['prompt_cache_hit_tokens']) ?? 0,
      tokens(said['cached_tokens']) ?? 0,
    ),
  };
};

const GEMINI = 'usageMetadata';
/** What of an answer, or an event, may hold its usage: an API's events that have an answer within, and Groq's. */
const HOLDERS = ['response', 'message', 'x_groq'];

/** Anthropic's streams begin with what the prompt took; how much is written is told in the end, and here only the first of it. */
const START = 'message_start';
const reportedAtStart = (value: Json): Json | undefined => {
  const usage = objectAt(objectAt(value, 'message') ?? {}, 'usage');
  if (usage === undefined) return undefined;
  const { output_tokens: _, ...ofPrompt } = usage;
  return ofPrompt;
};

/** Where an answer, or an event, tells its usage. */
const reportedIn = (value: Json): Json | undefined => {
  const own = objectAt(value, 'usage') ?? objectAt(value, GEMINI);
  if (own !== undefined) return own;
  if (value['type'] === START) return reportedAtStart(value);
  for (const name of HOLDERS) {
    const holder = objectAt(value, name);
    const held = holder && objectAt(holder, 'usage');
    if (held !== undefined) return held;
  }
  return undefined;
};

/** What is told again later is what counts; Anthropic tells the prompt's first, and the rest in the end. */
const merged = (before: Json | undefined, later: Json | undefined): Json | undefined => {
  if (before === undefined || later === undefined) return later ?? before;
  const told = Object.entries(later).filter(
    ([name, value]) => (value !== null && value !== 0) || before[name] === undefined,
  );
  return { ...before, ...Object.fromEntries(told) };
};

const usageIn = (values: readonly Json[]): Json | undefined =>
  values.map(reportedIn).reduce<Json | undefined>(merged, undefined);

/** Of a document, a stream's events, and a stream that came as one list of documents, which Gemini does. */
const reportedBy = (said: Said): Json | undefined => {
  if (said.form === 'events') return usageIn(said.events.map(({ value }) => value));
  if (said.form === 'text') return undefined;
  if (isObject(said.value)) return usageIn([said.value]);
  return usageIn(objectsIn(said.value).filter((one) => isObject(one[GEMINI])));
};

const usageOfText = (text: string): Json | undefined => {
  const usage = parseJson(text);
  return isObject(usage) ? usage : undefined;
};

const LIST_END = /\]\s*$/;

/**
 * The usage in what is left of an object that was too long to keep: its own, or one that it holds. `isEvent`: of a stream, where
 * what holds it may be missing, too. A list of documents is read as far as it is Gemini's.
 */
const reportedAtEnd = (text: string, isEvent: boolean): Json | undefined => {
  const ofList = LIST_END.exec(text)?.index;
  let held: string | undefined;
  for (const member of membersFromEnd(text.slice(0, ofList))) {
    const isUsage = member.name === GEMINI || (member.name === 'usage' && ofList === undefined);
    if (member.depth === 1) {
      if (isUsage) return usageOfText(member.text);
      if (held !== undefined && HOLDERS.includes(member.name)) return usageOfText(held);
      held = undefined;
    } else if (isUsage) held ??= member.text;
  }
  return isEvent && held !== undefined ? usageOfText(held) : undefined;
};

const FIRST_LINE = /^[^\r\n]*/;

/**
 * The usage of an answer that was too long to keep: of a plain one at its end; of a stream in its last events, of which the
 * first may be half there, and before them what Anthropic tells at the beginning. What else the beginning tells is not the last.
 * @param said its end, null if it is no stream
 */
const reportedByEnds = (said: Said | null, { end, ...beginning }: CutAnswer): Json | undefined => {
  const start = saidInBeginning(beginning);
  const starts = start?.form === 'events' ? start.events.map(({ value }) => value) : [];
  const first = usageIn(starts.filter(({ type }) => type === START));
  if (said === null) return merged(first, reportedAtEnd(end, start !== null));
  const half = reportedAtEnd(FIRST_LINE.exec(end)![0], true);
  return merged(merged(first, half), reportedBy(said));
};

/**
 * The cost is unknown without a price, and where a count is unknown that has one: a part of a cost would make a version look cheap
 * that tells less.
 */
const priced = (counts: Counts, price: Price | undefined): Usage => {
  const { promptTokens, completionTokens, cachedTokens } = counts;
  const unknown = { promptTokens, completionTokens, costUsd: null };
  if (price === undefined) return unknown;
  const { promptUsdPerMillion, completionUsdPerMillion } = price;
  const cachedUsdPerMillion = price.cachedPromptUsdPerMillion ?? promptUsdPerMillion;
  if (promptTokens === null && (promptUsdPerMillion > 0 || cachedUsdPerMillion > 0)) return unknown;
  if (completionTokens === null && completionUsdPerMillion > 0) return unknown;
  const cached = Math.min(cachedTokens, promptTokens ?? 0);
  const ofPrompt = ((promptTokens ?? 0) - cached) * promptUsdPerMillion + cached * cachedUsdPerMillion;
  const costUsd = (ofPrompt + (completionTokens ?? 0) * completionUsdPerMillion) / 1e6;
  return { promptTokens, completionTokens, costUsd };
};

const UNKNOWN_COUNTS: Counts = { promptTokens: null, completionTokens: null, cachedTokens: 0 };

const usageFrom = (reported: Json | undefined, price: Price | undefined): Usage => {
  if (reported === undefined) return priced(UNKNOWN_COUNTS, price);
  const isGemini = 'promptTokenCount' in reported || 'candidatesTokenCount' in reported;
  return priced(isGemini ? ofGemini(reported) : ofOthers(reported), price);
};

/** The usage that a whole answer reports, of whatever API, and what it cost at `price`. */
export const usageOfSaid = (said: Said, price: Price | undefined): Usage => usageFrom(reportedBy(said), price);

/** The same of one that was too long to keep. `said`: its end, null of what is no stream. */
export const usageOfEnds = (said: Said | null, answer: CutAnswer, price: Price | undefined): Usage =>
  usageFrom(reportedByEnds(said, answer), price);

/**
 * The usage that an answer reports, plain or as a stream, whole or as far as it was kept, and what it cost at `price`. Anything
 * unreadable is unknown; the cost is unknown without a price, or without a count that has one.
 */
export const usageOf = (answer: KeptAnswer, price: Price | undefined): Usage =>
  isCut(answer) ? usageOfEnds(saidInEnd(answer), answer, price) : usageOfSaid(saidIn(answer), price);
