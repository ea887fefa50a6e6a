import type { Feedback } from '../../schemas/feedback.ts';
import { EVENT_PREFIX } from '../../schemas/counted-metrics.ts';
import type { Described, Observed } from './contribution.ts';

/**
 * What a client's words say of the arm that answered: `thumbs_down` and `reported_success`, where given, and each event under
 * its name. An event counts whenever it comes, in the window of its own arrival: a conversion a week after the answer, too.
 */
export const describeFeedback = (feedback: Feedback): Described => {
  if (feedback.thumbs === null && feedback.taskSuccess === null && feedback.events.length === 0)
    return 'nothing_measured';
  if (!feedback.evidence) return 'not_evidence';
  const scored = (metric: string, value: number): Observed => ({ metric, status: 'scored', value, delta: null });
  const observed: Observed[] = [];
  if (feedback.thumbs !== null) observed.push(scored('thumbs_down', feedback.thumbs === 'down' ? 1 : 0));
  if (feedback.taskSuccess !== null) observed.push(scored('reported_success', feedback.taskSuccess ? 1 : 0));
  for (const { name, value } of feedback.events) observed.push(scored(`${EVENT_PREFIX}${name}`, value));
  const { agent, rollout, routingSequence, version, arm, subjectBucket, exchangeId } = feedback;
  const key = { agent, rollout, routingSequence, version, arm, kind: 'live' } as const;
  return [{ ...key, slices: {}, subjectBucket, exchangeId, observed }];
};
