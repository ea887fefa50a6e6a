import { hash } from 'node:crypto';
import { bodyText } from '../../schemas/body-text.ts';
import type { Body, Exchange, Outcome } from '../../schemas/exchange.ts';
import { askedOf, isOwnProtocol } from '../../openai/answer.ts';
import { answerFacts } from '../../openai/answer-facts.ts';
import { UNKNOWN_USAGE } from '../../openai/usage.ts';
import type { Usage } from '../../openai/usage.ts';
import { TAIL_BYTES } from './body-capture.ts';
import type { ExchangeEntry } from './journal-record.ts';
import type { CapturedBody, ExchangeHead } from './exchange-head.ts';
import { redactedBody, redactForm, redactText } from '../../privacy/redact.ts';

const API_TYPE = 'application/json';

type Captured = { head: ExchangeHead; bodies: ExchangeEntry['bodies'] };
type KeptText = Pick<Body, 'state' | 'text'>;

/** An answer's last bytes; '' where its last ones could not be read, so that nothing is known but how it began. */
const endOf = (kept: Buffer, tail: Buffer): string => {
  if (tail.length === 0) return '';
  return (tail.length < TAIL_BYTES ? Buffer.concat([kept.subarray(-TAIL_BYTES), tail]) : tail).toString();
};

const factsOfText = (head: ExchangeHead, { state, text }: KeptText, kept: Buffer, tail: Buffer) => {
  const { contentType, truncated } = head.response;
  // Whatever its bytes are: those that are no text can't stand in an event, but may have a usage beside them.
  const answer = { contentType, text: state === 'hashed' ? kept.toString() : text };
  const known = truncated ? { ...answer, end: endOf(kept, tail) } : answer;
  return answerFacts(head.outcome, known, askedOf(head), head);
};

/**
 * What only the answer's own words tell: tokens, cost, and that a good status came with an error or without an answer. Of bodies as they came,
 * before any policy or redaction.
 */
export const factsOfAnswer = ({ head, bodies }: Captured): { outcome: Outcome; usage: Usage } =>
  factsOfText(head, bodyText(bodies[1], head.response.truncated), bodies[1], bodies[2]);

const keptBody = (
  { contentType, sizeBytes, truncated, sha256 }: CapturedBody,
  text: KeptText,
  bytes: Buffer,
): Body => ({
  ...text,
  contentType,
  sizeBytes,
  sha256: truncated ? sha256 : hash('sha256', bytes, 'hex'),
});

const leftOutBody = ({ contentType, sizeBytes, sha256 }: CapturedBody, state: 'hashed' | 'dropped'): Body => ({
  state,
  contentType,
  text: '',
  sizeBytes,
  sha256,
});

const redactedValues = (metadata: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).map(([label, value]) => [label, redactText(value)]));

/** What becomes of the bodies under the policy that the exchange was captured by, with what was read out of them before. */
const captured = ({ head, bodies }: Captured) => {
  const { capture = 'redacted', request, response, usage } = head;
  if (capture === 'hash' || capture === 'none') {
    const state = capture === 'hash' ? 'hashed' : 'dropped';
    return {
      outcome: head.outcome,
      usage: usage ?? UNKNOWN_USAGE,
      requestBody: leftOutBody(request, state),
      responseBody: leftOutBody(response, state),
    };
  }
  const [sent, answered, tail] = bodies;
  const answer = bodyText(answered, response.truncated);
  const requestBody = keptBody(request, bodyText(sent, request.truncated), sent);
  const responseBody = keptBody(response, answer, answered);
  const facts = factsOfText(head, answer, answered, tail);
  if (capture === 'full') return { ...facts, requestBody, responseBody };
  // What the API takes is JSON, whatever the client calls it.
  const asked = isOwnProtocol(head.path) ? undefined : API_TYPE;
  return {
    ...facts,
    requestBody: redactedBody(requestBody, undefined, asked),
    responseBody: redactedBody(responseBody),
  };
};

/**
 * Completes a journalled exchange with what is not worth a request's time: hashes, tokens, cost, a failure that only the
 * answer's own words tell; and takes out personal data unless the policy is to keep everything.
 */
export const finishedExchange = (
  head: ExchangeHead,
  bodies: ExchangeEntry['bodies'],
  finishedAtMs: number,
): Exchange => {
  const {
    request: _request,
    response: _response,
    promptUsdPerMillion: _prompt,
    completionUsdPerMillion: _completion,
    cachedPromptUsdPerMillion: _cachedPrompt,
    requestPath = '',
    answerPath = '',
    capture = 'redacted',
    vouched = true,
    provoked = false,
    usage: _usage,
    ...rest
  } = head;
  const { usage, ...found } = captured({ head, bodies });
  const isFull = capture === 'full';
  return {
    ...rest,
    requestPath,
    answerPath,
    capture,
    vouched,
    provoked,
    ...found,
    ...usage,
    path: isFull ? rest.path : redactForm(rest.path),
    metadata: isFull ? rest.metadata : redactedValues(rest.metadata),
    finishedAtMs,
  };
};
