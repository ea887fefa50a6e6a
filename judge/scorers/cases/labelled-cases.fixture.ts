import { ANSWER_RELEVANCY_CASES } from './answer-relevancy.cases.fixture.ts';
import { CUT_ANSWER_CASES } from './cut-answer.cases.fixture.ts';
import { DEGENERATE_CASES } from './degenerate.cases.fixture.ts';
import { EMPATHY_CASES } from './empathy.cases.fixture.ts';
import { EMPTY_ANSWER_CASES } from './empty-answer.cases.fixture.ts';
import { FAITHFULNESS_CASES, HALLUCINATION_CASES } from './faithfulness.cases.fixture.ts';
import { JSON_VALIDITY_CASES } from './json-validity.cases.fixture.ts';
import type { LabelledCase } from './labelled-case.fixture.ts';
import { PII_LEAK_CASES } from './pii-leak.cases.fixture.ts';
import { REFERENCE_MATCH_CASES } from './reference-match.cases.fixture.ts';
import { REFUSAL_CASES } from './refusal.cases.fixture.ts';
import type { ScorerName } from '../registry.ts';
import { SEMANTIC_SIMILARITY_CASES } from './semantic-similarity.cases.fixture.ts';
import { TASK_COMPLETION_CASES } from './task-completion.cases.fixture.ts';
import { TASK_SUCCESS_CASES, TOOL_ACCURACY_CASES, TOOL_VALIDITY_CASES } from './tool-calls.cases.fixture.ts';
import { TOOL_ERRORS_CASES } from './tool-errors.cases.fixture.ts';
import { TOXICITY_CASES } from './toxicity.cases.fixture.ts';

/** Read off the exchange or counted: nobody could label an answer otherwise, so these have no labelled cases. */
export const COUNTED = ['error_rate', 'latency', 'first_token', 'cost', 'tokens', 'throughput', 'length'] as const;

/** The labelled cases of every other scorer; the compiler asks for those of a new one. */
export const LABELLED_CASES: Readonly<Record<Exclude<ScorerName, (typeof COUNTED)[number]>, readonly LabelledCase[]>> =
  {
    empty_answer: EMPTY_ANSWER_CASES,
    cut_answer: CUT_ANSWER_CASES,
    degenerate: DEGENERATE_CASES,
    task_success: TASK_SUCCESS_CASES,
    tool_accuracy: TOOL_ACCURACY_CASES,
    tool_validity: TOOL_VALIDITY_CASES,
    tool_errors: TOOL_ERRORS_CASES,
    json_validity: JSON_VALIDITY_CASES,
    reference_match: REFERENCE_MATCH_CASES,
    toxicity: TOXICITY_CASES,
    pii_leak: PII_LEAK_CASES,
    empathy: EMPATHY_CASES,
    refusal: REFUSAL_CASES,
    faithfulness: FAITHFULNESS_CASES,
    hallucination: HALLUCINATION_CASES,
    answer_relevancy: ANSWER_RELEVANCY_CASES,
    task_completion: TASK_COMPLETION_CASES,
    semantic_similarity: SEMANTIC_SIMILARITY_CASES,
  };
