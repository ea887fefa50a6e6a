import { answerQuestion } from '../../examples/claims-judge/answer-question.ts';
import { embedText } from '../../examples/claims-judge/embed-text.ts';
import type { JudgedMetric } from '../models/judged-metric.ts';
import { deterministicScores, type Finding } from './scorers.ts';
import { createToolCallCheck } from '../answers/tool-schema.ts';
import { ANSWER_RELEVANCY_CASES } from './answer-relevancy.cases.fixture.ts';
import { builtInJudgedMetrics } from './built-in.ts';
import { type Confusion, confusionOf } from './confusion.fixture.ts';
import { EMPATHY_CASES } from './empathy.cases.fixture.ts';
import { FAITHFULNESS_CASES, HALLUCINATION_CASES } from './faithfulness.cases.fixture.ts';
import { notApplicable } from './finding.ts';
import { HELD_OUT_CASES } from './held-out.cases.fixture.ts';
import { JSON_VALIDITY_CASES } from './json-validity.cases.fixture.ts';
import { answeredOf, type LabelledCase } from './labelled-case.fixture.ts';
import { PII_LEAK_CASES } from './pii-leak.cases.fixture.ts';
import { REFERENCE_MATCH_CASES } from './reference-match.cases.fixture.ts';
import { REFUSAL_CASES } from './refusal.cases.fixture.ts';
import { SEMANTIC_SIMILARITY_CASES } from './semantic-similarity.cases.fixture.ts';
import { semanticSimilarity } from './semantic-similarity.ts';
import { TASK_COMPLETION_CASES } from './task-completion.cases.fixture.ts';
import { TASK_SUCCESS_CASES, TOOL_ACCURACY_CASES, TOOL_VALIDITY_CASES } from './tool-calls.cases.fixture.ts';
import { TOOL_ERRORS_CASES } from './tool-errors.cases.fixture.ts';
import { TOXICITY_CASES } from './toxicity.cases.fixture.ts';
import { WORDING_CASES } from './wording.cases.fixture.ts';

const RULE_CASES: Readonly<Record<string, readonly LabelledCase[]>> = {
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
};

const JUDGED_CASES: Readonly<Record<string, readonly [key: string, cases: readonly LabelledCase[]]>> = {
  faithfulness: ['faithfulness', FAITHFULNESS_CASES],
  hallucination: ['faithfulness', HALLUCINATION_CASES],
  answer_relevancy: ['answer_relevancy', ANSWER_RELEVANCY_CASES],
  task_completion: ['task_completion', TASK_COMPLETION_CASES],
};

const check = createToolCallCheck(100);

/** What a metric of a model finds, when the local claims judge in `examples/` is asked in the model's place. */
export const findingsOf = (
  metric: JudgedMetric,
  labelled: Pick<LabelledCase, 'request' | 'answer'>,
): readonly Finding[] => {
  const question = metric.question(answeredOf(labelled));
  return question.kind === 'known' ? question.findings : metric.read(answerQuestion(question.prompt), question.prompt);
};

/** Stands in for `semantic_similarity`: there the two texts are a shadow's answer and the live one. */
const similarityOf = (labelled: LabelledCase): Finding => {
  const { request, answer } = answeredOf(labelled);
  const texts = [answer.ok ? answer.value.text : '', request.ok ? (request.value.referenceAnswer ?? '') : ''];
  const [one, other] = texts.map(embedText);
  const isWordless = [one, other].some((vector) => vector!.every((x) => x === 0));
  return isWordless ? notApplicable('semantic_similarity', 'a text has no words') : semanticSimilarity(one!, other!);
};

const byRule =
  (metric: string) =>
  (labelled: LabelledCase): Finding =>
    deterministicScores(answeredOf(labelled), labelled.reference, check).find((finding) => finding.metric === metric)!;

const byLocalJudge =
  (metric: string, key: string) =>
  (labelled: LabelledCase): Finding =>
    findingsOf(builtInJudgedMetrics[key]!, labelled).find((finding) => finding.metric === metric)!;

type Measured = Record<string, Confusion>;

const ofEach = <T>(cases: Readonly<Record<string, T>>, measure: (metric: string, cases: T) => Confusion): Measured =>
  Object.fromEntries(Object.entries(cases).map(([metric, of]) => [metric, measure(metric, of)]));

/**
 * The confusion matrix of every scored metric over its labelled cases. `rules` were fitted to theirs, those of `heldOut` came
 * after. `localJudge` shows the plumbing of the metrics that ask a model, not how well a model judges.
 */
export const measuredMetrics = (): { rules: Measured; heldOut: Measured; localJudge: Measured } => ({
  rules: ofEach(RULE_CASES, (metric, cases) =>
    confusionOf([...cases, ...(WORDING_CASES[metric] ?? [])], byRule(metric)),
  ),
  heldOut: ofEach(HELD_OUT_CASES, (metric, cases) => confusionOf(cases, byRule(metric))),
  localJudge: {
    ...ofEach(JUDGED_CASES, (metric, [key, cases]) => confusionOf(cases, byLocalJudge(metric, key))),
    semantic_similarity: confusionOf(SEMANTIC_SIMILARITY_CASES, similarityOf),
  },
});
