/** One verdict on two answers, by the place in which they stood. `confidence` from 0 to 1; null where the judge gave none. */
export type PairVerdict = { winner: 'first' | 'second' | 'tie'; confidence: number | null };

/** What became of the answer that stood first in the first order. Inconsistent: the two orders did not say the same. */
export type PairOutcome = { result: 'win' | 'tie' | 'loss'; isConsistent: boolean; confidence: number | null };

const RESULT_STANDING_FIRST = { first: 'win', second: 'loss', tie: 'tie' } as const;
const RESULT_STANDING_SECOND = { first: 'loss', second: 'win', tie: 'tie' } as const;

/** The lesser of two, where both are known. */
const lesser = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? (a ?? b) : Math.min(a, b);

/**
 * Two verdicts on one pair of answers, each answer standing first once, become one outcome for the answer that stood first
 * in `first` and second in `swapped`. It wins or loses only if both orders say so; anything else is a tie, because judges
 * favour a place (Wang et al. 2023, "Large Language Models are not Fair Evaluators"; the rule is the conservative one of
 * Zheng et al. 2023, "Judging LLM-as-a-Judge with MT-Bench", section 3.4). The confidence is that of the less sure verdict.
 */
export const aggregatePair = (first: PairVerdict, swapped: PairVerdict): PairOutcome => {
  const [one, other] = [RESULT_STANDING_FIRST[first.winner], RESULT_STANDING_SECOND[swapped.winner]];
  const confidence = lesser(first.confidence, swapped.confidence);
  return one === other
    ? { result: one, isConsistent: true, confidence }
    : { result: 'tie', isConsistent: false, confidence };
};

/** Whether an outcome should be put before a stronger judge: the orders disagree, or a verdict is less sure than asked for. */
export const isUndecided = ({ isConsistent, confidence }: PairOutcome, minConfidence: number): boolean =>
  !isConsistent || (confidence !== null && confidence < minConfidence);

/**
 * A cascade over one pair: the cheap judge's outcome stands unless it is undecided, then the strong judge's does, whatever it
 * is. `strong` is called only then (selective escalation: Jung et al. 2024, "Trust or Escalate").
 */
export const cascadeVerdict = (
  cheap: PairOutcome,
  strong: () => PairOutcome,
  minConfidence: number,
): { outcome: PairOutcome; decidedBy: 'cheap' | 'strong' } =>
  isUndecided(cheap, minConfidence)
    ? { outcome: strong(), decidedBy: 'strong' }
    : { outcome: cheap, decidedBy: 'cheap' };

/** As a score from 0 to 1; the other answer's is the rest to 1. */
export const valueOfResult = (result: PairOutcome['result']): number => ({ win: 1, tie: 0.5, loss: 0 })[result];
