import type { Feedback } from '../../schemas/feedback.ts';
import { EVENT_PREFIX } from '../../schemas/counted-metrics.ts';
import type { Contribution, Described } from './contribution.ts';

/**
 * What a client's words say of the arm that answered: `thumbs_down` and `reported_success`, where given, and each event under
 * its name. An event counts whenever it comes, in the window of its own arrival: a conversion a week after the answer, too.
 */
export const describeFeedback = (feedback: Feedback): Described => {
  if (feedback.thumbs === null && feedback.taskSuccess === null && feedback.events.length === 0)
    return 'nothing_measured';
  if (!feedback.evidence) return 'not_evidence';
  const { agent, rollout, routingSequence, version, arm, subjectBucket, exchangeId } = feedback;
  const key = { agent, rollout, routingSequence, version, arm, kind: 'live' } as const;
  const contribution = (metric: string, value: number): Contribution => ({
    ...key,
    metric,
    slices: {},
    subjectBucket,
    exchangeId,
    observed: { status: 'scored', value, delta: null },
  });
  const rate = (metric: string, happened: boolean): Contribution => contribution(metric, happened ? 1 : 0);
  const described: Contribution[] = [];
  if (feedback.thumbs !== null) described.push(rate('thumbs_down', feedback.thumbs === 'down'));
  if (feedback.taskSuccess !== null) described.push(rate('reported_success', feedback.taskSuccess));
  for (const { name, value } of feedback.events) described.push(contribution(`${EVENT_PREFIX}${name}`, value));
  return described;
};
