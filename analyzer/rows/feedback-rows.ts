import type { Feedback } from '../../schemas/feedback.ts';
import { EVENT_PREFIX } from '../../schemas/counted-metrics.ts';
import type { Described, Observed } from './contribution.ts';

/**
 * So long after its answer what is said of it counts. The fold remembers for longer what was said (rows/inputs.ts), so that a
 * second vote is always known from a first one.
 */
export const COUNTED_WITHIN_MS = 7 * 86_400_000;

const [LEAST_RATING, MOST_RATING] = [1, 5];

const scored = (metric: string, value: number): Observed => ({ metric, status: 'scored', value, delta: null });

/**
 * What a client's words say of the arm that answered: `thumbs_down`, `rating` and `reported_success`, where given, each event under its
 * name, and scores of one's own; in the window of its arrival, a conversion days after the answer, too.
 */
export const describeFeedback = (feedback: Feedback): Described => {
  const { feedbackId, thumbs, rating, taskSuccess, events, scores } = feedback;
  const observed: Observed[] = [];
  if (thumbs !== null) observed.push(scored('thumbs_down', thumbs === 'down' ? 1 : 0));
  if (rating !== null) observed.push(scored('rating', (rating - LEAST_RATING) / (MOST_RATING - LEAST_RATING)));
  if (taskSuccess !== null) observed.push(scored('reported_success', taskSuccess ? 1 : 0));
  for (const [i, { name, value, perExchange }] of events.entries())
    observed.push({ ...scored(`${EVENT_PREFIX}${name}`, value), several: { perExchange, id: `${feedbackId}|${i}` } });
  for (const { metric, value } of scores) observed.push(scored(metric, value));
  if (observed.length === 0) return 'nothing_measured';
  if (!feedback.evidence) return 'not_evidence';
  if (feedback.receivedAtMs - feedback.exchangeAtMs > COUNTED_WITHIN_MS) return 'too_late';
  const { agent, rollout, routingSequence, version, arm, subjectBucket, exchangeId } = feedback;
  const key = { agent, rollout, routingSequence, version, arm, kind: 'live' } as const;
  return [{ ...key, slices: {}, subjectBucket, exchangeId, observed }];
};
