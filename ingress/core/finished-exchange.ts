import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { Body, Exchange } from '../../schemas/exchange.ts';
import { UNKNOWN_USAGE, type Usage, usageOf } from '../../schemas/usage.ts';
import { TAIL_BYTES } from './body-capture.ts';
import type { CapturedBody, ExchangeHead } from './journal-record.ts';

/** Bytes that are no UTF-8 text can't stand in an event: such a body is known by its hash alone. */
const bodyOf = (captured: CapturedBody, bytes: Buffer): Body => {
  const { contentType, sizeBytes, truncated } = captured;
  const sha256 = truncated ? captured.sha256 : hash('sha256', bytes, 'hex');
  const text = textOf(bytes, truncated);
  if (text === null) return { state: 'hashed', contentType, text: '', sizeBytes, sha256 };
  return { state: truncated ? 'truncated' : 'full', contentType, text, sizeBytes, sha256 };
};

/** A cut body may end within a character: up to three of its last bytes are then left out. */
const textOf = (bytes: Buffer, truncated: boolean): string | null => {
  for (let cut = 0; cut <= (truncated ? 3 : 0) && cut <= bytes.length; cut++) {
    const whole = bytes.subarray(0, bytes.length - cut);
    if (isUtf8(whole)) return whole.toString();
  }
  return null;
};

const usageFrom = (body: Body, head: ExchangeHead, kept: Buffer, tail: Buffer): Usage => {
  if (body.state === 'full') return usageOf(body, head);
  if (body.state !== 'truncated') return UNKNOWN_USAGE;
  const end = tail.length < TAIL_BYTES ? Buffer.concat([kept.subarray(-TAIL_BYTES), tail]) : tail;
  return usageOf({ contentType: body.contentType, text: end.toString() }, head, 'end');
};

/** Completes a journalled exchange with what is not worth a request's time: hashes, tokens, cost. */
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
  return {
    ...rest,
    requestBody: bodyOf(sent, request),
    responseBody,
    ...usageFrom(responseBody, head, response, tail),
    finishedAtMs,
  };
};
