import type { Body } from '../schemas/exchange.ts';
import type { Version } from '../schemas/routing-view.ts';
import { isObject } from './json-value.ts';

/** Tokens that the upstream counted, and their price in US dollars; null where it did not say. */
export type Usage = { promptTokens: number | null; completionTokens: number | null; costUsd: number | null };

type Price = Pick<Version, 'promptUsdPerMillion' | 'completionUsdPerMillion'>;

export const UNKNOWN_USAGE: Usage = { promptTokens: null, completionTokens: null, costUsd: null };
/** A stream tells its usage at its end; the rest of a hostile one is not searched. */
const MAX_STREAM_TRIES = 8;

const tokens = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

/** Quotes within strings are escaped, so that `"usage"` in JSON is a key or a whole value, never a piece of text. */
const usageIn = (json: string): Record<string, unknown> | null => {
  if (!json.includes('"usage"')) return null;
  try {
    const parsed: unknown = JSON.parse(json);
    if (!isObject(parsed)) return null;
    // The last event of a streamed response has the whole of it within.
    const answer = isObject(parsed['response']) ? parsed['response'] : parsed;
    return isObject(answer['usage']) ? answer['usage'] : null;
  } catch {
    return null;
  }
};

/** The last `"usage":{…}` in the end of a plain answer that was too long to keep. */
const usageInEnd = (text: string): Record<string, unknown> | null => {
  const brace = text.indexOf('{', Math.max(0, text.lastIndexOf('"usage"')));
  if (brace < 0 || !text.includes('"usage"')) return null;
  let depth = 0;
  for (let i = brace; i < text.length; i += 1) {
    if (text[i] === '{') depth += 1;
    else if (text[i] === '}' && (depth -= 1) === 0) return usageIn(`{"usage":${text.slice(brace, i + 1)}}`);
  }
  return null;
};

const usageInStream = (text: string): Record<string, unknown> | null => {
  let before = text.length;
  for (let tries = 0; tries < MAX_STREAM_TRIES && before > 0; tries += 1) {
    const at = text.lastIndexOf('"usage"', before);
    const start = at < 0 ? -1 : text.lastIndexOf('data:', at);
    if (start < 0) return null;
    const end = /[\r\n]/.exec(text.slice(at));
    const usage = usageIn(text.slice(start + 'data:'.length, end ? at + end.index : undefined));
    if (usage) return usage;
    before = start - 1;
  }
  return null;
};

/**
 * The usage that an OpenAI-style answer reports, plain or as a stream, and what it cost at `price`. Anything unreadable
 * is unknown; the cost is unknown without a price, or without any count. `part` says whether `text` is the whole answer
 * or only the end of one.
 */
export const usageOf = (
  { contentType, text }: Pick<Body, 'contentType' | 'text'>,
  price: Price | undefined,
  part: 'whole' | 'end' = 'whole',
): Usage => {
  const inPlain = part === 'whole' ? usageIn : usageInEnd;
  const reported = contentType.includes('text/event-stream') ? usageInStream(text) : inPlain(text);
  if (!reported) return UNKNOWN_USAGE;
  // Chat, completions and embeddings; responses.
  const promptTokens = tokens(reported['prompt_tokens'] ?? reported['input_tokens']);
  const completionTokens = tokens(reported['completion_tokens'] ?? reported['output_tokens']);
  if (!price || (promptTokens === null && completionTokens === null))
    return { promptTokens, completionTokens, costUsd: null };
  const costUsd =
    ((promptTokens ?? 0) * price.promptUsdPerMillion + (completionTokens ?? 0) * price.completionUsdPerMillion) / 1e6;
  return { promptTokens, completionTokens, costUsd };
};
