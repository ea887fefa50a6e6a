import type { Body, Outcome } from '../schemas/exchange.ts';

/** An error is the last thing that a stream says, but for `[DONE]` and empty events; a hostile one is not searched. */
const MAX_TRIES = 4;
const PLAIN = /^\s*\{\s*"error"\s*:\s*[{"]/;

const saysError = (json: string): boolean => {
  if (!json.includes('"error"')) return false;
  try {
    const event: unknown = JSON.parse(json);
    return typeof event === 'object' && event !== null && Boolean((event as { error?: unknown }).error);
  } catch {
    return false;
  }
};

const streamEndsInError = (text: string): boolean => {
  let before = text.length;
  for (let tries = 0; tries < MAX_TRIES && before > 0; tries += 1) {
    const at = text.lastIndexOf('data:', before - 1);
    if (at < 0) return false;
    const isLineStart = at === 0 || text[at - 1] === '\n' || text[at - 1] === '\r';
    const end = /[\r\n]/.exec(text.slice(at));
    if (isLineStart && saysError(text.slice(at + 'data:'.length, end ? at + end.index : undefined))) return true;
    before = at;
  }
  return false;
};

/**
 * What an answer that came with a good status came to once its words are read: upstreams that fail after their headers are
 * out, and gateways before them, say `{"error": …}` in the body. A stream that ends so is `truncated`.
 */
export const outcomeOfBody = (outcome: Outcome, { contentType, text }: Pick<Body, 'contentType' | 'text'>): Outcome => {
  if (outcome !== 'ok') return outcome;
  if (contentType.includes('text/event-stream')) return streamEndsInError(text) ? 'truncated' : 'ok';
  return PLAIN.test(text) ? 'upstream_error' : 'ok';
};
