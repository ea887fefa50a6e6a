import type { LabelledCase } from './labelled-case.fixture.ts';
import { REFERENCE_MATCH_CASES } from './reference-match.cases.fixture.ts';

/** The labels of `reference_match` ask what similarity is to answer: whether the two say the same. */
export const SEMANTIC_SIMILARITY_CASES: readonly LabelledCase[] = REFERENCE_MATCH_CASES.map((one) =>
  // An embedding of nothing is none: the answer says nothing that could be near.
  typeof one.answer === 'string' && one.answer.trim() === '' ? { ...one, expected: null } : one,
);
