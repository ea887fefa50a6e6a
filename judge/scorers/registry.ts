import { answerRelevancy } from './answer-relevancy.ts';
import { cost } from './cost.ts';
import { empathy } from './empathy.ts';
import { cutAnswer } from './cut-answer.ts';
import { degenerate } from './degenerate.ts';
import { emptyAnswer } from './empty-answer.ts';
import { errorRate } from './error-rate.ts';
import { faithfulness } from './faithfulness.ts';
import { firstToken } from './first-token.ts';
import { hallucination } from './hallucination.ts';
import { jsonValidity } from './json-validity.ts';
import { latency } from './latency.ts';
import { length } from './length.ts';
import { piiLeak } from './pii-leak.ts';
import { referenceMatch } from './reference-match.ts';
import { refusal } from './refusal.ts';
import { semanticSimilarity } from './semantic-similarity.ts';
import { taskCompletion } from './task-completion.ts';
import { taskSuccess } from './task-success.ts';
import { throughput } from './throughput.ts';
import { tokens } from './tokens.ts';
import { toolAccuracy } from './tool-accuracy.ts';
import { toolErrors } from './tool-errors.ts';
import { toolValidity } from './tool-validity.ts';
import { toxicity } from './toxicity.ts';

/**
 * Everything that the judge scores, one line each, in the order in which pages list it. Whoever adds one here is told by the
 * compiler to add labelled cases (`labelled-cases.fixture.ts`), and by a test to run `npm run generate`.
 */
export const SCORERS = [
  errorRate,
  latency,
  firstToken,
  cost,
  tokens,
  throughput,
  emptyAnswer,
  cutAnswer,
  degenerate,
  taskSuccess,
  toolAccuracy,
  toolValidity,
  toolErrors,
  jsonValidity,
  referenceMatch,
  toxicity,
  piiLeak,
  empathy,
  refusal,
  length,
  faithfulness,
  hallucination,
  answerRelevancy,
  taskCompletion,
  semanticSimilarity,
] as const;

export type ScorerName = (typeof SCORERS)[number]['name'];
