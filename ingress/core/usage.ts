import { dataOf } from './sse.ts';

export type Usage = { promptTokens: number | null; completionTokens: number | null };
export const NO_USAGE: Usage = { promptTokens: null, completionTokens: null };

const count = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

const usageField = (json: unknown): Usage | null => {
  const usage = (json as { usage?: unknown } | null)?.usage;
  if (typeof usage !== 'object' || usage === null) return null;
  const { prompt_tokens: prompt, completion_tokens: completion } = usage as Record<string, unknown>;
  return { promptTokens: count(prompt), completionTokens: count(completion) };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
};

/** The last `"usage":{…}` in a piece of JSON. Quotes within strings are escaped, so a match is never text. */
const scan = (text: string): Usage => {
  const at = text.lastIndexOf('"usage"');
  const brace = at < 0 ? -1 : text.indexOf('{', at);
  if (brace < 0) return NO_USAGE;
  let depth = 0;
  for (let i = brace; i < text.length; i++) {
    if (text[i] === '{') depth += 1;
    else if (text[i] === '}' && (depth -= 1) === 0) {
      return usageField({ usage: parse(text.slice(brace, i + 1)) }) ?? NO_USAGE;
    }
  }
  return NO_USAGE;
};

/**
 * The tokens that an answer says it used.
 * @param text the answer, or its last part if it was too long to keep (`isWhole` false).
 */
export const usageOf = (text: string, isStream: boolean, isWhole: boolean): Usage => {
  if (isStream) {
    for (const data of dataOf(text).toReversed()) {
      const usage = data.includes('"usage"') ? usageField(parse(data)) : null;
      if (usage !== null) return usage;
    }
    return NO_USAGE;
  }
  return isWhole ? (usageField(parse(text)) ?? NO_USAGE) : scan(text);
};
