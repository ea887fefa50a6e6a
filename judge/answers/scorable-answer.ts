import type { Exchange, Shadow } from '../../schemas/exchange.ts';
import { readAnswerTo } from './answer-by-path.ts';
import { type ChatAnswer, type ChatRequest, type Read, readRequest } from './chat.ts';

/** A thing to score: a live exchange, or a shadow with the exchange that it is compared with. */
export type Subject = { exchange: Exchange; shadow: Shadow | null };

/** An answer to score: a live exchange's, or a shadow's to the same request. */
export type ScorableAnswer = Pick<
  Exchange,
  'stream' | 'outcome' | 'status' | 'latencyMs' | 'firstByteMs' | 'costUsd' | 'promptTokens' | 'completionTokens'
> & {
  /** Requests that the answer took: 1, but of a shadow that was given tools' results. */
  rounds: number;
  request: Read<ChatRequest>;
  answer: Read<ChatAnswer>;
};

const scorable = (of: Exchange | Shadow, { stream, path }: Exchange, request: Read<ChatRequest>): ScorableAnswer => ({
  stream,
  outcome: of.outcome,
  status: of.status,
  latencyMs: of.latencyMs,
  firstByteMs: of.firstByteMs,
  costUsd: of.costUsd,
  promptTokens: of.promptTokens,
  completionTokens: of.completionTokens,
  rounds: 'rounds' in of ? of.rounds : 1,
  request,
  answer: readAnswerTo(path, of.responseBody),
});

/** The answers of a subject, read: the live one, and of a shadow also the shadow's. */
export const answersOf = ({ exchange, shadow }: Subject): { live: ScorableAnswer; shadow: ScorableAnswer | null } => {
  const request = readRequest(exchange.requestBody);
  return {
    live: scorable(exchange, exchange, request),
    shadow: shadow ? scorable(shadow, exchange, request) : null,
  };
};
