import type { ChatAnswer, ChatRequest, Read } from '../answers/chat.ts';
import { absent, type Assessment, failed, type Finding, notApplicable, unread } from '../answers/finding.ts';
import type { ScorableAnswer } from '../answers/scorable-answer.ts';
import type { Reference } from '../answers/tool-match.ts';
import type { AnswerCall } from '../../openai/reading.ts';
import type { ToolCallCheck } from '../answers/tool-schema.ts';
import { spoken } from './lexicon.ts';
import type { ScoredMetric } from './scorer.ts';

/** What a rule may know of one answer. `reference` undefined: no ground truth is known. */
export type Facts = { answered: ScorableAnswer; reference: Reference | undefined; check: ToolCallCheck };

/** What a rule may ask for, each with what it is given. Where there is none the rule is not asked, and the metric says why. */
type Given = {
  /** That the answer is whole: no upstream's error, no broken stream. */
  whole: true;
  /** A whole answer that can be read; one that can't be, and is due, is an error, not a pass. */
  answer: ChatAnswer;
  /** Its text, with more than white space in it. */
  text: string;
  /** Its tool calls, at least one. */
  calls: readonly AnswerCall[];
  /** The request, read. */
  request: ChatRequest;
  /** What the right answer's calls are. */
  reference: Reference;
  /** The text as phrases are looked for in it (see `spoken`). */
  spoken: string;
};
export type Need = keyof Given;

const wholeAnswer = ({ answered: { outcome, answer } }: Facts): ChatAnswer | Assessment => {
  if (outcome !== 'ok') return absent(`no whole answer: ${outcome}`);
  return answer.ok ? answer.value : unread(answer);
};

const isMissing = (found: object): found is Assessment => 'status' in found;

const partOf = <P>(
  facts: Facts,
  part: (answer: ChatAnswer) => P | null,
  missing: string,
): { value: P } | Assessment => {
  const answer = wholeAnswer(facts);
  if (isMissing(answer)) return answer;
  const value = part(answer);
  return value === null ? notApplicable(missing) : { value };
};

const valueOf = <T>(read: Read<T>): { value: T } | Assessment =>
  read.ok ? { value: read.value } : absent(read.reason);

/**
 * How each is found. A request that can't be read (most often cut, as it is longer than what is captured) falls on both arms
 * alike, so what needs it does not apply: as an error it would be missing coverage, and hold every rollout of an agent with long
 * requests.
 */
const FIND: { readonly [N in Need]: (facts: Facts) => { value: Given[N] } | Assessment } = {
  whole: ({ answered: { outcome } }) => (outcome === 'ok' ? { value: true } : absent(`no whole answer: ${outcome}`)),
  answer: (facts) => partOf(facts, (answer) => answer, ''),
  text: (facts) => partOf(facts, ({ text }) => (text.trim() === '' ? null : text), 'the answer has no text'),
  calls: (facts) => partOf(facts, ({ toolCalls }) => (toolCalls.length === 0 ? null : toolCalls), 'no tool was called'),
  request: ({ answered }) => valueOf(answered.request),
  spoken: (facts) => {
    const text = FIND.text(facts);
    return isMissing(text) ? text : { value: spoken(text.value) };
  },
  reference: ({ reference }) => (reference ? { value: reference } : absent('no reference answer is known')),
};

/** What a rule is given of one answer, with what rules need of it; each is looked for once. */
type Found = { facts: Facts; needs: { [N in Need]?: { value: Given[N] } | Assessment } };

export const foundIn = (facts: Facts): Found => ({ facts, needs: {} });

const needIn = ({ facts, needs }: Found, need: Need): { value: unknown } | Assessment =>
  (needs[need] ??= FIND[need](facts) as never);

/** One metric by a rule. */
export type RuleScorer<N extends string = string> = ScoredMetric<N> & {
  by: 'rules';
  needs: readonly Need[];
  /** Never throws: what the rule trips over must not look like a pass, nor stop the other rules. */
  find: (found: Found) => Finding;
};

/**
 * A rule as a scorer. `score` is given the facts and what it needs, by name; needs are looked for in their order, and the first
 * that is missing is the reason why the metric does not apply.
 */
export const ruleScorer = <const N extends string, const R extends Need = never>(
  definition: ScoredMetric<N> & {
    needs: readonly R[];
    score: (given: Facts & Omit<Pick<Given, R>, never>) => Assessment;
  },
): RuleScorer<N> => {
  const { name, needs, score } = definition;
  const assess = (found: Found): Assessment => {
    const { answered, reference, check } = found.facts;
    const given: Record<string, unknown> = { answered, reference, check };
    for (const need of needs) {
      const one = needIn(found, need);
      if (isMissing(one)) return one;
      given[need] = one.value;
    }
    try {
      return score(given as Parameters<typeof score>[0]);
    } catch (error) {
      return failed(`the scorer failed: ${String(error)}`);
    }
  };
  return {
    ...definition,
    by: 'rules',
    find: (found) => ({ metric: name, ...assess(found) }),
  };
};
