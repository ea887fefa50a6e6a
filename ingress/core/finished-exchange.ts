import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { Body, Exchange } from '../../schemas/exchange.ts';
import { TAIL_BYTES } from './body-capture.ts';
import type { CapturedBody, ExchangeHead } from './journal-record.ts';
import { NO_USAGE, usageOf } from './usage.ts';
import type { Usage } from './usage.ts';

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

const usageFrom = (body: Body, kept: Buffer, tail: Buffer): Usage => {
  const isStream = body.contentType.startsWith('text/event-stream');
  if (body.state === 'full') return usageOf(body.text, isStream, true);
  if (body.state !== 'truncated') return NO_USAGE;
  const end = tail.length < TAIL_BYTES ? Buffer.concat([kept.subarray(-TAIL_BYTES), tail]) : tail;
  return usageOf(end.toString(), isStream, false);
};

/** Prices are per million tokens; null if the answer didn't say how many it used. */
const costOf = (usage: Usage, head: ExchangeHead): number | null => {
  if (usage.promptTokens === null && usage.completionTokens === null) return null;
  const prompt = (usage.promptTokens ?? 0) * head.promptUsdPerMillion;
  const completion = (usage.completionTokens ?? 0) * head.completionUsdPerMillion;
  return (prompt + completion) / 1_000_000;
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
  const usage = usageFrom(responseBody, response, tail);
  return {
    ...rest,
    requestBody: bodyOf(sent, request),
    responseBody,
    ...usage,
    costUsd: costOf(usage, head),
    finishedAtMs,
  };
};
