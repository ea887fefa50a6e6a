import { answerQuestion } from '../../../examples/claims-judge/answer-question.ts';
import { embedText } from '../../../examples/claims-judge/embed-text.ts';
import { type Assessment, type Finding, notApplicable } from '../../answers/finding.ts';
import { createToolCallCheck } from '../../answers/tool-schema.ts';
import type { JudgedMetric } from '../../questions/judged-metric.ts';
import { type Confusion, confusionOf } from './confusion.fixture.ts';
import { HELD_OUT_CASES } from './held-out.cases.fixture.ts';
import { foundIn } from '../rule-scorer.ts';
import { answeredOf, type LabelledCase } from './labelled-case.fixture.ts';
import { LABELLED_CASES } from './labelled-cases.fixture.ts';
import { SCORERS } from '../registry.ts';
import { semanticSimilarity } from '../semantic-similarity.ts';
import { WORDING_CASES } from './wording.cases.fixture.ts';

const check = createToolCallCheck();

/** What a metric of a model finds, when the local claims judge in `examples/` is asked in the model's place. */
export const findingsOf = (
  metric: JudgedMetric,
  labelled: Pick<LabelledCase, 'request' | 'answer'>,
): readonly Finding[] => {
  const question = metric.question(answeredOf(labelled));
  return question.kind === 'known' ? question.findings : metric.read(answerQuestion(question.prompt), question.prompt);
};

/** Stands in for `semantic_similarity`: there the two texts are a shadow's answer and the live one. */
const similarityOf = (labelled: LabelledCase): Assessment => {
  const { request, answer } = answeredOf(labelled);
  const texts = [answer.ok ? answer.value.text : '', request.ok ? (request.value.referenceAnswer ?? '') : ''];
  const [one, other] = texts.map(embedText);
  const isWordless = [one, other].some((vector) => vector!.every((x) => x === 0));
  return isWordless ? notApplicable('a text has no words') : semanticSimilarity.compare(one!, other!);
};

const assessedBy =
  (scorer: (typeof SCORERS)[number]) =>
  (labelled: LabelledCase): Assessment => {
    if (scorer.by === 'embeddings') return similarityOf(labelled);
    if (scorer.by === 'rules')
      return scorer.find(foundIn({ answered: answeredOf(labelled), reference: labelled.reference, check }));
    return findingsOf(scorer.examination, labelled).find(({ metric }) => metric === scorer.name)!;
  };

type Cases = Readonly<Partial<Record<string, readonly LabelledCase[]>>>;

/** The confusion matrix of each scorer that has cases, in the registry's order. */
const measured = (cases: Cases, isWanted: (by: (typeof SCORERS)[number]['by']) => boolean): Record<string, Confusion> =>
  Object.fromEntries(
    SCORERS.flatMap((scorer) => {
      const own = isWanted(scorer.by) ? cases[scorer.name] : undefined;
      return own === undefined ? [] : [[scorer.name, confusionOf(own, assessedBy(scorer))]];
    }),
  );

const byRules = (by: string): boolean => by === 'rules';

const withWording = (cases: Cases): Cases =>
  Object.fromEntries(
    Object.entries(cases).map(([metric, own]) => [
      metric,
      [...(own ?? []), ...((WORDING_CASES as Cases)[metric] ?? [])],
    ]),
  );

/**
 * The confusion matrix of every scorer over its labelled cases. `rules` were fitted to theirs, those of `heldOut` came after.
 * `localJudge` shows the plumbing of the metrics that ask a model, not how well a model judges.
 */
export const measuredMetrics = (): Record<'rules' | 'heldOut' | 'localJudge', Record<string, Confusion>> => ({
  rules: measured(withWording(LABELLED_CASES), byRules),
  heldOut: measured(HELD_OUT_CASES, byRules),
  localJudge: measured(LABELLED_CASES, (by) => !byRules(by)),
});
