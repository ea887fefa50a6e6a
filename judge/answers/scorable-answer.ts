import { askedOf, isOwnProtocol, readAnswer } from '../../openai/answer.ts';
import { pathWithoutQuery } from '../../openai/base-url.ts';
import { masksIn } from '../../privacy/redact.ts';
import { type Exchange, isTooDear, isUncaptured, type Shadow } from '../../schemas/exchange.ts';
import type { ChatAnswer, ChatRequest, Read } from './chat.ts';
import type { Unread } from './finding.ts';
import { readRequest } from './request.ts';

/** A thing to score: a live exchange, or a shadow with the exchange that it is compared with. */
export type Subject = { exchange: Exchange; shadow: Shadow | null };

/** Whether it is a live answer of which nothing was to be kept that could be read. */
export const lacksContent = ({ exchange, shadow }: Subject): boolean =>
  shadow === null && isUncaptured(exchange.capture);

/** An answer to score: a live exchange's, or a shadow's to the same request. */
export type ScorableAnswer = Pick<
  Exchange,
  'stream' | 'outcome' | 'status' | 'latencyMs' | 'firstByteMs' | 'costUsd' | 'promptTokens' | 'completionTokens'
> & {
  /** Requests that the answer took: 1, but of a shadow that was given tools' results. */
  rounds: number;
  request: Read<ChatRequest>;
  answer: { ok: true; value: ChatAnswer } | Unread;
};

const EMBEDDINGS_PATH = '/v1/embeddings';
const WORDLESS: ChatAnswer = {
  text: '',
  toolCalls: [],
  refused: false,
  finishReason: null,
  isOfWords: false,
  hasMore: false,
  masks: new Set(),
};

/** A replay was shown the request as it was redacted, and may repeat what it saw there. */
const masksOf = (of: Exchange | Shadow, { requestBody }: Exchange, isReplay: boolean): ReadonlySet<string> =>
  isReplay ? new Set([...masksIn(of.responseBody), ...masksIn(requestBody)]) : masksIn(of.responseBody);

/**
 * What scorers see of an answer. A refusal is what the user got to read, so it is the text where there is no other. Of an agent's
 * own protocol nothing is due that no reader knows, but for an answer whose text has a place that was not kept; nor is anything that
 * the agent's policy did not keep, whatever it was.
 */
const answerIn = (of: Exchange | Shadow, exchange: Exchange, isReplay: boolean): ScorableAnswer['answer'] => {
  const { responseBody } = of;
  const { capture } = exchange;
  if (isUncaptured(capture))
    return { ok: false, reason: `the agent's capture policy is ${capture}, so no answer was kept`, isDue: false };
  const asked = askedOf(exchange);
  // Embeddings have nothing that a metric of content could apply to.
  if (pathWithoutQuery(asked.path) === EMBEDDINGS_PATH) return { ok: true, value: WORDLESS };
  const reading = readAnswer(responseBody, asked);
  if (reading.kind === 'answer') {
    const { text, refusal, calls, finishReason, hasMore = false } = reading.answer;
    const refused = refusal !== '';
    const masks = masksOf(of, exchange, isReplay);
    return {
      ok: true,
      value: { text: text ?? refusal, toolCalls: calls, refused, finishReason, isOfWords: true, hasMore, masks },
    };
  }
  const isMore = responseBody.state === 'truncated' || isTooDear(responseBody);
  const isDue = !isOwnProtocol(asked.path) || (asked.answerPath !== '' && isMore);
  const reason = isMore ? `the answer is more than is kept of one: ${reading.reason}` : reading.reason;
  return { ok: false, reason, isDue, isLong: isDue && isMore };
};

const scorable = (
  of: Exchange | Shadow,
  exchange: Exchange,
  request: Read<ChatRequest>,
  isReplay: boolean,
): ScorableAnswer => ({
  stream: exchange.stream,
  outcome: of.outcome,
  status: of.status,
  latencyMs: of.latencyMs,
  firstByteMs: of.firstByteMs,
  costUsd: of.costUsd,
  promptTokens: of.promptTokens,
  completionTokens: of.completionTokens,
  rounds: 'rounds' in of ? of.rounds : 1,
  request,
  answer: answerIn(of, exchange, isReplay),
});

/** The answers of a subject, read: the live one, and of a shadow also the shadow's. */
export const answersOf = ({ exchange, shadow }: Subject): { live: ScorableAnswer; shadow: ScorableAnswer | null } => {
  const request = readRequest(exchange.requestBody, exchange);
  // Of a request that was redacted the answer beside a shadow is a replay, too.
  const isReplay = shadow !== null;
  return {
    live: scorable(exchange, exchange, request, isReplay),
    shadow: shadow ? scorable(shadow, exchange, request, isReplay) : null,
  };
};
