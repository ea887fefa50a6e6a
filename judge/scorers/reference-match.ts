import { absent, notApplicable, scored } from '../answers/finding.ts';
import { ruleScorer } from './rule-scorer.ts';

const MAX_CHARACTERS = 32_000;

/** A word, a number with its decimals, or one character of a script that is written without spaces. */
const WORDS =
  /\p{N}+(?:\.\p{N}+)?|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]]+/gv;
const ARTICLES: ReadonlySet<string> = new Set(['a', 'an', 'the']);

const wordsOf = (text: string): string[] =>
  (
    text
      .slice(0, MAX_CHARACTERS)
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, '')
      .match(WORDS) ?? []
  ).filter((word) => !ARTICLES.has(word));

/** Words that both have, each as often as in the one that has it less often. */
const sharedCount = (one: readonly string[], other: readonly string[]): number => {
  const left = new Map<string, number>();
  for (const word of other) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of one) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    shared += 1;
  }
  return shared;
};

/**
 * The F1 of words between the answer and the reference answer, from 0 to 1, 1 for the same words: 2·shared / (words of the
 * one + words of the other), after lower case, without punctuation and English articles (SQuAD: Rajpurkar et al. 2016,
 * section 6.1; scripts without spaces by character; the first 32,000 characters count). Symmetric; 0 where either has no words.
 */
export const wordF1 = (answer: string, reference: string): number => {
  const [one, other] = [wordsOf(answer), wordsOf(reference)];
  return one.length === 0 || other.length === 0 ? 0 : (2 * sharedCount(one, other)) / (one.length + other.length);
};

export const referenceMatch = ruleScorer({
  name: 'reference_match',
  family: 'score',
  better: 'higher',
  unit: 'ratio',
  source: 'scores',
  definition:
    "F1 of words between the text and the request's `metadata.reference_answer`: 2·shared / (words of both), without case, punctuation and English articles (SQuAD, Rajpurkar et al. 2016); Chinese, Japanese and Thai by character. An answer of nothing is 0",
  notApplicable: 'no reference answer, or one without words; an answer that only calls tools',
  needs: ['answer', 'request'],
  score: ({ answer, request: { referenceAnswer } }) => {
    if (referenceAnswer === null) return absent('the request names no reference answer');
    if (wordsOf(referenceAnswer).length === 0) return absent('the reference answer has no words');
    if (answer.text.trim() === '' && answer.toolCalls.length > 0) return notApplicable('the answer is a tool call');
    const value = wordF1(answer.text, referenceAnswer);
    return scored(value, `F1 of words ${value.toFixed(2)}`);
  },
});
