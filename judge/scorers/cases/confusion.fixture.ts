import type { Assessment } from '../../answers/finding.ts';
import type { LabelledCase } from './labelled-case.fixture.ts';

/** From where on a score counts as a yes; of rates it is 1. */
const THRESHOLD = 0.5;

type Miss = { why: string; answer: string; expected: number | null; got: string };

/**
 * How often a scorer was right on its cases. A yes is a rate of 1 or a score of at least 0.5. `notApplicable` are those rightly left out; one that was wrongly left
 * out, or failed, is a miss (and a missed yes lowers the recall); one that should have been left out and was found a yes is a
 * false one. `exact` are those whose value is the labelled one to a hundredth, `right` those on the right side.
 */
export type Confusion = {
  cases: number;
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
  notApplicable: number;
  right: number;
  exact: number;
  precision: number;
  recall: number;
  misses: Miss[];
};

const isYes = (value: number | null): boolean => value !== null && value >= THRESHOLD;
const ratio = (part: number, other: number): number => (part + other === 0 ? 1 : part / (part + other));

const gotOf = ({ status, value, reason }: Assessment): string =>
  value === null ? `${status}: ${reason}` : `${Math.round(value * 100) / 100}: ${reason}`;

export const confusionOf = (
  cases: readonly LabelledCase[],
  findingOf: (labelled: LabelledCase) => Assessment,
): Confusion => {
  const counts = {
    truePositives: 0,
    falsePositives: 0,
    falseNegatives: 0,
    trueNegatives: 0,
    notApplicable: 0,
    exact: 0,
  };
  const misses: Miss[] = [];
  for (const labelled of cases) {
    const { why, answer, expected } = labelled;
    const finding = findingOf(labelled);
    const isLeftOut = finding.status === 'not_applicable';
    const [wanted, found] = [isYes(expected), isYes(finding.value)];
    const isRight = expected === null ? isLeftOut : finding.value !== null && wanted === found;
    if (expected === null && isLeftOut) counts.notApplicable += 1;
    else if (wanted) counts[found ? 'truePositives' : 'falseNegatives'] += 1;
    else if (found) counts.falsePositives += 1;
    else if (isRight) counts.trueNegatives += 1;
    if (finding.value === null ? isRight : expected !== null && Math.abs(finding.value - expected) < 0.01)
      counts.exact += 1;
    if (!isRight)
      misses.push({
        why,
        answer: typeof answer === 'string' ? answer : JSON.stringify(answer),
        expected,
        got: gotOf(finding),
      });
  }
  return {
    cases: cases.length,
    ...counts,
    right: cases.length - misses.length,
    precision: ratio(counts.truePositives, counts.falsePositives),
    recall: ratio(counts.truePositives, counts.falseNegatives),
    misses,
  };
};
