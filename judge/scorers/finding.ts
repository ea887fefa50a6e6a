import type { ChatAnswer, ChatRequest, Read } from '../answers/chat.ts';
import type { Finding, Reference, ToolCallCheck } from './scorers.ts';

/** What a rule knows of one whole answer. */
export type Facts = {
  request: Read<ChatRequest>;
  answer: ChatAnswer;
  reference: Reference | undefined;
  check: ToolCallCheck;
};

export type ContentScorer = (metric: string, facts: Facts) => Finding;

export const scored = (metric: string, value: number, reason: string): Finding => ({
  metric,
  status: 'scored',
  value,
  reason,
});

/** A rate's value for one answer: 1 if it is so. */
export const rate = (metric: string, isSo: boolean, reason: string): Finding => scored(metric, isSo ? 1 : 0, reason);

const unscored =
  (status: 'error' | 'not_applicable') =>
  (metric: string, reason: string): Finding => ({ metric, status, value: null, reason });

/** The metric says nothing of this answer: no missing coverage. */
export const notApplicable = unscored('not_applicable');

/** The metric should have said something and could not: missing coverage, never a pass. */
export const failed = unscored('error');
