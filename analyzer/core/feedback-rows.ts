import type { Feedback } from '../../schemas/feedback.ts';
import type { Contribution, Described } from './contribution.ts';

/** What a client's words say of the arm that answered: `thumbs_down` and `reported_success`, where given. */
export const describeFeedback = (feedback: Feedback): Described => {
  if (feedback.thumbs === null && feedback.taskSuccess === null) return 'nothing_measured';
  if (!feedback.evidence) return 'not_evidence';
  const { agent, rollout, routingSequence, version, arm, subjectBucket, exchangeId } = feedback;
  const key = { agent, rollout, routingSequence, version, arm, kind: 'live' } as const;
  const rate = (metric: string, happened: boolean): Contribution => ({
    ...key,
    metric,
    slices: {},
    subjectBucket,
    exchangeId,
    observed: { status: 'scored', value: happened ? 1 : 0, delta: null },
  });
  const described: Contribution[] = [];
  if (feedback.thumbs !== null) described.push(rate('thumbs_down', feedback.thumbs === 'down'));
  if (feedback.taskSuccess !== null) described.push(rate('reported_success', feedback.taskSuccess));
  return described;
};
