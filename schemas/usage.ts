import type { Body } from './exchange.ts';
import type { Version } from './routing-view.ts';

/** Tokens that the upstream counted, and their price in US dollars; null where it did not say. */
export type Usage = { promptTokens: number | null; completionTokens: number | null; costUsd: number | null };

type Price = Pick<Version, 'promptUsdPerMillion' | 'completionUsdPerMillion'>;

const UNKNOWN: Usage = { promptTokens: null, completionTokens: null, costUsd: null };
/** A stream tells its usage at its end; the rest of a hostile one is not searched. */
const MAX_STREAM_TRIES = 8;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const tokens = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

/** Quotes within strings are escaped, so that `"usage"` in JSON is a key or a whole value, never a piece of text. */
const usageIn = (json: string): Record<string, unknown> | null => {
  if (!json.includes('"usage"')) return null;
  try {
    const parsed: unknown = JSON.parse(json);
    return isObject(parsed) && isObject(parsed['usage']) ? parsed['usage'] : null;
  } catch {
    return null;
  }
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
 * is unknown; the cost is unknown without a price, or without any count.
 */
export const usageOf = (body: Body, price: Price | undefined): Usage => {
  const isStream = body.contentType.includes('text/event-stream');
  const reported = isStream ? usageInStream(body.text) : usageIn(body.text);
  if (!reported) return UNKNOWN;
  const promptTokens = tokens(reported['prompt_tokens']);
  const completionTokens = tokens(reported['completion_tokens']);
  if (!price || (promptTokens === null && completionTokens === null))
    return { promptTokens, completionTokens, costUsd: null };
  const costUsd =
    ((promptTokens ?? 0) * price.promptUsdPerMillion + (completionTokens ?? 0) * price.completionUsdPerMillion) / 1e6;
  return { promptTokens, completionTokens, costUsd };
};
