import { createHmac } from 'node:crypto';
import { FeedbackRequest } from '../../schemas/feedback.ts';
import type { OwnMetric } from '../../schemas/own-metric.ts';
import { badRequest, invalidExchangeId, invalidJson, notPermitted } from '../protocol/error-envelope.ts';
import type { ApiError } from '../protocol/error-envelope.ts';
import { readExchangeId } from './exchange-id.ts';
import type { FeedbackHead } from './journal-record.ts';
import { readScores } from './posted-scores.ts';

/** Whether who calls may post scores of an agent, and the metrics that its document declares; undefined while the agent is not known here. */
export type Scoring = {
  mayScore: (agent: string) => boolean;
  metricsOf: (agent: string) => readonly OwnMetric[] | undefined;
};

const NOT_PERMITTED = notPermitted('This key may not post scores of this agent: that takes the role `score`.');

/**
 * A feedback call as it will be recorded. Its id follows from what was said of which exchange, so that saying it twice
 * is saying it once. An exchange id that this front door did not sign is refused.
 */
export const readFeedback = (
  key: Buffer,
  text: string,
  { mayScore, metricsOf }: Scoring,
): { feedback: FeedbackHead } | { error: ApiError } => {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { error: invalidJson('The body is not valid JSON.') };
  }
  const parsed = FeedbackRequest.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.join('.') ?? '';
    return { error: badRequest(path === '' ? `${issue?.message}.` : `${path}: ${issue?.message}.`, path || null) };
  }
  const {
    exchange_id: exchangeId,
    thumbs,
    rating,
    task_success: taskSuccess,
    tags,
    comment,
    labels,
    events,
    scores,
  } = parsed.data;
  const claims = readExchangeId(key, exchangeId);
  if (claims === null) {
    const message = 'This exchange id was not given out here. Send the value of x-coalmine-exchange-id as it came.';
    return { error: invalidExchangeId(message, 'exchange_id') };
  }
  if (scores && !mayScore(claims.agent)) return { error: NOT_PERMITTED };
  const read = readScores(scores ?? [], claims.agent, scores ? metricsOf(claims.agent) : []);
  if ('error' in read) return read;
  const said = {
    thumbs: thumbs ?? null,
    rating: rating ?? null,
    taskSuccess: taskSuccess ?? null,
    tags: tags ?? [],
    comment: comment ?? null,
    labels: labels ?? [],
    events: events ?? [],
    // Only where there are some: what was said before there were scores keeps its id.
    ...(read.scores.length > 0 ? { scores: read.scores } : {}),
  };
  const { timeMs: exchangeAtMs, nonce: _nonce, ...exchange } = claims;
  // Keyed, since a short comment could be guessed from a plain hash after it was redacted.
  const mac = createHmac('sha256', key)
    .update(`feedback|${JSON.stringify([exchangeId, said])}`)
    .digest('hex');
  const feedbackId = `fb_${mac.slice(0, 32)}`;
  return { feedback: { feedbackId, exchangeId, ...exchange, ...said, scores: read.scores, exchangeAtMs } };
};
