import { envelopeOf } from './error-envelope.ts';
import type { ApiError } from './error-envelope.ts';
import { ANY, CHAT, RESPONSE } from '../../openai/streams/stream-protocols.ts';
import type { StreamProtocol } from '../../openai/streams/stream-protocols.ts';

/** What differs between the protocols that a request may speak. */
export type Dialect = {
  /** How its streams are read: which event has content, and which one is the last. */
  stream: StreamProtocol;
  /** The last words of a stream that broke off; null where none are agreed on, so that the connection is cut instead. */
  brokenStream: ((error: ApiError) => string) | null;
  /** An agent's own protocol: all end-to-end headers and every status are its business, and nothing waits to be whole. */
  isRaw: boolean;
};

/** `/v1/chat/completions`, `/v1/completions`, `/v1/embeddings`: OpenAI SDKs raise the `error` of any event. */
export const COMPLETIONS: Dialect = {
  stream: CHAT,
  brokenStream: (error) => `data: ${envelopeOf(error)}\n\n`,
  isRaw: false,
};

/**
 * `/v1/responses`: events are named; the error's fields stand at the top and, for older SDKs, in `error`. SDKs that check events
 * want a `sequence_number`, whatever it is.
 */
export const RESPONSES: Dialect = {
  stream: RESPONSE,
  brokenStream: (error) => {
    const { code, message, param, type } = error;
    const event = { type: 'error', sequence_number: 0, code, message, param, error: { message, type, param, code } };
    return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
  },
  isRaw: false,
};

/** `/agents/{agent}/*`. */
export const RAW: Dialect = { stream: ANY, brokenStream: null, isRaw: true };
