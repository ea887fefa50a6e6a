import { hash } from 'node:crypto';
import { bodyText } from '../../schemas/body-text.ts';
import type { Body, Exchange } from '../../schemas/exchange.ts';
import { outcomeOfBody } from '../../schemas/in-band-error.ts';
import { usageOf } from '../../schemas/usage.ts';
import { TAIL_BYTES } from './body-capture.ts';
import type { CapturedBody, ExchangeHead } from './journal-record.ts';

const bodyOf = (captured: CapturedBody, bytes: Buffer): Body => {
  const { contentType, sizeBytes, truncated } = captured;
  const sha256 = truncated ? captured.sha256 : hash('sha256', bytes, 'hex');
  return { ...bodyText(bytes, truncated), contentType, sizeBytes, sha256 };
};

/** The end of an answer, in which usage and errors stand; all of one that was kept whole. Null if it is no text. */
const endOf = (body: Body, kept: Buffer, tail: Buffer): string | null => {
  if (body.state === 'full') return body.text;
  if (body.state !== 'truncated') return null;
  return (tail.length < TAIL_BYTES ? Buffer.concat([kept.subarray(-TAIL_BYTES), tail]) : tail).toString();
};

/**
 * Completes a journalled exchange with what is not worth a request's time: hashes, tokens, cost, and an error that the
 * upstream told in its answer's own words.
 */
export const finishedExchange = (
  head: ExchangeHead,
  [request, response, tail]: readonly [Buffer, Buffer, Buffer],
  finishedAtMs: number,
): Exchange => {
  const {
    request: sent,
    response: answered,
    promptUsdPerMillion: _prompt,
    completionUsdPerMillion: _completion,
    ...rest
  } = head;
  const responseBody = bodyOf(answered, response);
  const { contentType, state } = responseBody;
  const end = { contentType, text: endOf(responseBody, response, tail) ?? '' };
  return {
    ...rest,
    outcome: outcomeOfBody(head.outcome, end),
    requestBody: bodyOf(sent, request),
    responseBody,
    ...usageOf(end, head, state === 'full' ? 'whole' : 'end'),
    finishedAtMs,
  };
};
