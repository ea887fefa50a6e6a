import type { Feedback } from '../../schemas/feedback.ts';
import { EVENT_PREFIX } from '../../schemas/counted-metrics.ts';
import type { Described, Observed } from './contribution.ts';

/**
 * So long after its answer a posted score counts. It is what the fold remembers ids for (folds/id-memory.ts), so that of two for the
 * same exchange and metric the second is always known.
 */
const SCORED_WITHIN_MS = 2 * 3_600_000;

/**
 * What a client's words say of the arm that answered: `thumbs_down` and `reported_success`, where given, and each event under
 * its name. An event counts whenever it comes, in the window of its own arrival: a conversion a week after the answer, too. A
 * score of one's own counts for two hours.
 */
export const describeFeedback = (feedback: Feedback): Described => {
  const isLate = feedback.receivedAtMs - feedback.exchangeAtMs > SCORED_WITHIN_MS;
  const scores = isLate ? [] : feedback.scores;
  if (feedback.thumbs === null && feedback.taskSuccess === null && feedback.events.length + scores.length === 0)
    return feedback.scores.length > 0 ? 'too_late' : 'nothing_measured';
  if (!feedback.evidence) return 'not_evidence';
  const scored = (metric: string, value: number): Observed => ({ metric, status: 'scored', value, delta: null });
  const observed: Observed[] = [];
  if (feedback.thumbs !== null) observed.push(scored('thumbs_down', feedback.thumbs === 'down' ? 1 : 0));
  if (feedback.taskSuccess !== null) observed.push(scored('reported_success', feedback.taskSuccess ? 1 : 0));
  for (const { name, value } of feedback.events) observed.push(scored(`${EVENT_PREFIX}${name}`, value));
  for (const { metric, value } of scores) observed.push(scored(metric, value));
  const { agent, rollout, routingSequence, version, arm, subjectBucket, exchangeId } = feedback;
  const key = { agent, rollout, routingSequence, version, arm, kind: 'live' } as const;
  return [{ ...key, slices: {}, subjectBucket, exchangeId, observed }];
};
