import { envelopeOf } from './error-envelope.ts';
import type { ApiError } from './error-envelope.ts';
import type { StreamEnd } from './sse.ts';

/** What differs between the protocols that a request may speak. */
export type Dialect = {
  /** Which event ends a stream. */
  streamEnd: StreamEnd;
  /**
   * How a stream ended, by its last bytes: it said all it had to, or told of its own failure, or neither, so that it was
   * cut short however orderly its connection was closed.
   */
  endOf: (last: string) => 'whole' | 'told' | 'missing';
  /** The last words of a stream that broke off; null where none are agreed on, so that the connection is cut instead. */
  brokenStream: ((error: ApiError) => string) | null;
  /** An agent's own protocol: all end-to-end headers and every status are its business, and nothing waits to be whole. */
  isRaw: boolean;
};

const CHAT_WHOLE = /^data: ?\[DONE\]|"finish_reason"\s*:\s*"/m;
const CHAT_TOLD = /^data: ?\{\s*"error"/m;
/** Escaped quotes in a text that quotes such an event keep it from matching. */
const RESPONSE_WHOLE = /"type"\s*:\s*"response\.(?:completed|incomplete)"/;
const RESPONSE_TOLD = /^event: ?(?:error|response\.failed)$|^data: ?\{\s*"type"\s*:\s*"(?:error|response\.failed)"/m;

/** `/v1/chat/completions`, `/v1/completions`, `/v1/embeddings`: OpenAI SDKs raise the `error` of any event. */
export const COMPLETIONS: Dialect = {
  streamEnd: 'done',
  endOf: (last) => (CHAT_TOLD.test(last) ? 'told' : CHAT_WHOLE.test(last) ? 'whole' : 'missing'),
  brokenStream: (error) => `data: ${envelopeOf(error)}\n\n`,
  isRaw: false,
};

/** `/v1/responses`: events are named; the error's fields stand at the top and, for older SDKs, in `error`. */
export const RESPONSES: Dialect = {
  streamEnd: 'response',
  endOf: (last) => (RESPONSE_TOLD.test(last) ? 'told' : RESPONSE_WHOLE.test(last) ? 'whole' : 'missing'),
  brokenStream: (error) => {
    const { code, message, param, type } = error;
    const event = { type: 'error', code, message, param, error: { message, type, param, code } };
    return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
  },
  isRaw: false,
};

/** `/agents/{agent}/*`. */
export const RAW: Dialect = { streamEnd: 'none', endOf: () => 'whole', brokenStream: null, isRaw: true };
