import type { Prompt } from './prompt.ts';
import type { ScorableAnswer } from '../answers/scorable-answer.ts';
import type { Finding } from '../answers/finding.ts';

/** What to do about one answer: ask the model, or nothing, because the finding is known without it (not applicable, an error). */
export type Question = { kind: 'ask'; prompt: Prompt } | { kind: 'known'; findings: readonly Finding[] };

/**
 * What a model must be asked for: the question about an answer, and how its reply is read. Pure; a rubric is one, and so is
 * each built-in metric that needs a model. One question may settle several metrics (faithfulness and hallucination).
 */
export type JudgedMetric = {
  metrics: readonly string[];
  /** A hash over the wording and the reply's form: changing either makes a new scorer version. */
  version: string;
  question: (answered: ScorableAnswer) => Question;
  /** One finding for each of `metrics`; a reply that can't be read, or lacks the canary, is an `error`, never a pass. */
  read: (reply: string, prompt: Prompt) => readonly Finding[];
};
