import { createHmac } from 'node:crypto';
import { FeedbackRequest } from '../../schemas/feedback.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { badRequest, badRequestAt, invalidExchangeId, invalidJson, notPermitted } from '../protocol/error-envelope.ts';
import type { ApiError } from '../protocol/error-envelope.ts';
import { readExchangeId } from './exchange-id.ts';
import type { ExchangeClaims } from './exchange-id.ts';
import type { FeedbackHead } from './journal-record.ts';
import { readScores } from './posted-scores.ts';
import { readEvents } from './event-reports.ts';

/** What a feedback call says, and of which exchange. */
export type Said = { request: FeedbackRequest; claims: ExchangeClaims };

/** Who says it: the roles of their key, and whether they asked for the exchange themselves. */
export type Speaker = { roles: ReadonlySet<string>; isAsker: boolean };

/** Its own roles, and none is the other's: a grader need not be the shop that knows what was bought. */
const REPORTS = 'events';
const SCORES = 'score';

const NO_SCORES = notPermitted('This key may not post scores or labels: that takes the role `score`.');
const NO_REPORT = notPermitted(
  'Another caller asked for this exchange. To say something of it takes the key, or without one the address, that asked; or a key with the role `events`.',
);

/** A feedback call, if it can be read. An exchange id that this front door did not sign is refused. */
export const parseFeedback = (key: Buffer, text: string): Said | { error: ApiError } => {
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
    const reason = `${issue?.message}`;
    return { error: path === '' ? badRequest(`${reason}.`) : badRequestAt(path, reason) };
  }
  const claims = readExchangeId(key, parsed.data.exchange_id);
  if (claims === null) {
    const message = 'This exchange id was not given out here. Send the value of x-coalmine-exchange-id as it came.';
    return { error: invalidExchangeId(message, 'exchange_id') };
  }
  return { request: parsed.data, claims };
};

/** Values of metrics are the grader's; all else is for whoever had the answer, and for those who may report for others. */
const refusalFor = (
  { exchange_id: _id, scores, labels, ...told }: FeedbackRequest,
  { roles, isAsker }: Speaker,
): ApiError | null => {
  if ((scores || labels) && !roles.has(SCORES)) return NO_SCORES;
  const isReport = Object.values(told).some((value) => value !== undefined && value !== null);
  return isReport && !isAsker && !roles.has(REPORTS) ? NO_REPORT : null;
};

/**
 * A feedback call as it will be recorded, or why it is refused. Its id follows from what was said of which exchange, so that
 * saying it twice is saying it once.
 */
export const readFeedback = (
  key: Buffer,
  { request, claims }: Said,
  speaker: Speaker,
  view: Pick<RoutingView, 'metrics' | 'events'>,
): { feedback: FeedbackHead } | { error: ApiError } => {
  const refusal = refusalFor(request, speaker);
  if (refusal !== null) return { error: refusal };
  const { scores } = request;
  const posted = readScores(scores ?? [], claims.agent, view.metrics);
  if ('error' in posted) return posted;
  const reported = readEvents(request.events ?? [], claims.agent, view.events);
  if ('error' in reported) return reported;
  const said = {
    thumbs: request.thumbs ?? null,
    rating: request.rating ?? null,
    taskSuccess: request.task_success ?? null,
    tags: request.tags ?? [],
    comment: request.comment ?? null,
    labels: request.labels ?? [],
    events: request.events ?? [],
    // Only where there are some: what was said before there were scores keeps its id.
    ...(posted.scores.length > 0 ? { scores: posted.scores } : {}),
  };
  const { timeMs: exchangeAtMs, caller: _caller, ...exchange } = claims;
  const exchangeId = request.exchange_id;
  // Keyed, since a short comment could be guessed from a plain hash after it was redacted.
  const mac = createHmac('sha256', key)
    .update(`feedback|${JSON.stringify([exchangeId, said])}`)
    .digest('hex');
  const { events } = reported;
  const feedbackId = `fb_${mac.slice(0, 32)}`;
  return { feedback: { feedbackId, exchangeId, ...exchange, ...said, events, scores: posted.scores, exchangeAtMs } };
};
