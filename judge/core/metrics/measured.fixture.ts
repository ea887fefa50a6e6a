import { answerQuestion } from '../../../examples/claims-judge/answer-question.ts';
import { embedText } from '../../../examples/claims-judge/embed-text.ts';
import type { JudgedMetric } from '../judged-metric.ts';
import { deterministicScores, type Finding } from '../scorers.ts';
import { createToolCallCheck } from '../tool-schema.ts';
import { ANSWER_RELEVANCY_CASES } from './answer-relevancy.cases.fixture.ts';
import { builtInJudgedMetrics } from './built-in.ts';
import { type Confusion, confusionOf } from './confusion.fixture.ts';
import { EMPATHY_CASES } from './empathy.cases.fixture.ts';
import { FAITHFULNESS_CASES, HALLUCINATION_CASES } from './faithfulness.cases.fixture.ts';
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

const similarityOf = (labelled: LabelledCase): Finding => {
  const { request, answer } = answeredOf(labelled);
  const reference = request.ok ? request.value.referenceAnswer : null;
  const text = answer.ok ? answer.value.text : '';
  const isWordless = reference === null || embedText(reference).every((x) => x === 0);
  return semanticSimilarity(text.trim() === '' ? null : embedText(text), isWordless ? null : embedText(reference));
};

export type Measured = { by: 'rules' | 'local judge'; confusion: Confusion };

/** The confusion matrix of every scored metric over its labelled cases. Of those by the local judge it shows the plumbing, not how well a model judges. */
export const measuredMetrics = (): Record<string, Measured> => {
  const byRules = Object.entries(RULE_CASES).map(([metric, cases]): [string, Measured] => [
    metric,
    {
      by: 'rules',
      confusion: confusionOf(cases, (labelled) => {
        const findings = deterministicScores(answeredOf(labelled), labelled.reference, check);
        return findings.find((finding) => finding.metric === metric)!;
      }),
    },
  ]);
  const judged = Object.entries(JUDGED_CASES).map(([metric, [key, cases]]): [string, Measured] => [
    metric,
    {
      by: 'local judge',
      confusion: confusionOf(cases, (labelled) =>
        findingsOf(builtInJudgedMetrics[key]!, labelled).find((finding) => finding.metric === metric)!,
      ),
    },
  ]);
  const similarity: [string, Measured] = [
    'semantic_similarity',
    { by: 'local judge', confusion: confusionOf(SEMANTIC_SIMILARITY_CASES, similarityOf) },
  ];
  return Object.fromEntries([...byRules, ...judged, similarity]);
};
