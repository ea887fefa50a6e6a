import type { Body, Outcome } from '../schemas/exchange.ts';
import { type Asked, readingOf } from './answer.ts';
import { toldErrorIn } from './protocols/told-error.ts';
import { type Said, saidIn, saidInEnd } from './said.ts';

type Kept = Pick<Body, 'state' | 'contentType' | 'text'>;

/** A whole answer's: what breaks off, and a stream that fails when its headers are out, is `truncated`. */
export const outcomeOfSaid = (said: Said, asked: Asked): Outcome => {
  switch (readingOf(said, asked).kind) {
    case 'error':
      return said.form === 'events' ? 'truncated' : 'upstream_error';
    case 'broken':
      return 'truncated';
    case 'none':
      return 'upstream_error';
    default:
      return 'ok';
  }
};

/** Of an answer that is too long to keep, only an error at its end is told. */
export const outcomeOfEnd = (said: Said | null): Outcome =>
  said?.form === 'events' && toldErrorIn(said.events) !== null ? 'truncated' : 'ok';

/**
 * What an answer that came with a good status came to once its words are read. Upstreams that fail after their headers are out, and
 * gateways before them, tell of it in the body; and a good status with no answer in it (a web page, nothing, half a document, a
 * stream without its end) is a failure where the path promises one. `text` of a body that is `truncated` is its end.
 */
export const outcomeOfBody = (outcome: Outcome, body: Kept, asked: Asked): Outcome => {
  if (outcome !== 'ok' || body.state === 'hashed' || body.state === 'dropped') return outcome;
  const { state, contentType, text } = body;
  if (state !== 'truncated') return outcomeOfSaid(saidIn(body), asked);
  return outcomeOfEnd(saidInEnd({ contentType, text: '', end: text }));
};
