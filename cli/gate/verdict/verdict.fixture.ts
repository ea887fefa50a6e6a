import { GatePlan } from '../../../schemas/gate-plan.ts';
import type { Measured, Value } from '../measured.ts';
import type { GateRow } from './gate-row.ts';
import { type GateRules, type GateVerdict, judgeGate } from './verdict.ts';

/** A value; null where the metric does not apply, `error` where it should have had one. */
export type Given = number | null | 'error';

/** So many questions with the candidate's value and the baseline's. */
export type Pairs = readonly (readonly [count: number, candidate: Given, baseline: Given])[];

/** One entry of `Pairs`. */
export const many = (count: number, candidate: Given, baseline: Given): Pairs[number] => [count, candidate, baseline];

type Change = Partial<Omit<Measured, 'values'>> & { metric?: string };

const valueOf = (given: Given): Value => {
  if (given === null) return { absent: 'not_applicable', reason: 'nothing to say' };
  return given === 'error' ? { absent: 'error', reason: 'the judge did not answer' } : { value: given };
};

/** The answer to one question; a case of its own unless `change` says otherwise. */
export const answer = (
  caseId: string,
  given: Given,
  { metric = 'task_success', ...change }: Change = {},
): Measured => ({
  caseId,
  cluster: caseId,
  slices: {},
  repeat: 0,
  ...change,
  values: { [metric]: valueOf(given), error_rate: { value: 0 } },
});

export type Sides = { candidate: Measured[]; baseline: Measured[] };

/** Both sides' answers to questions `q0`, `q1` and so on, `prefix` for q. */
export const sidesOf = (pairs: Pairs, change: Change = {}, prefix = 'q'): Sides => {
  const all = pairs.flatMap(([count, ...values]) => Array.from({ length: count }, () => values));
  const side = (which: 0 | 1): Measured[] => all.map((values, i) => answer(`${prefix}${i}`, values[which], change));
  return { candidate: side(0), baseline: side(1) };
};

export const joined = (...parts: readonly Sides[]): Sides => ({
  candidate: parts.flatMap(({ candidate }) => candidate),
  baseline: parts.flatMap(({ baseline }) => baseline),
});

/** The rules of a plan with these criteria, as they are written in a document. */
export const rulesOf = (criteria: readonly object[], change: { slices?: string[]; alpha?: number } = {}): GateRules =>
  GatePlan.parse({
    apiVersion: 'coalmine/v1',
    kind: 'GatePlan',
    metadata: { name: 'test' },
    spec: { agent: 'support', dataset: { file: 'questions.jsonl' }, criteria, ...change },
  }).spec;

export const NO_DROP = rulesOf([{ metric: 'task_success', maxDropPct: 5 }]);

export const judged = ({ candidate, baseline }: Sides, rules = NO_DROP): GateVerdict =>
  judgeGate(rules, candidate, baseline);

/** The first row, which is about all questions. */
export const told = (sides: Sides, rules = NO_DROP): { verdict: string; row: GateRow; sentence: string } => {
  const { verdict, rows } = judged(sides, rules);
  return { verdict, row: rows[0]!, sentence: rows[0]!.sentence };
};

/** "pass: task_success is the same, …": the verdict by one criterion, and what is said of all questions. */
export const saidOf = (pairs: Pairs, criterion: object, metric = 'task_success'): string => {
  const { verdict, sentence } = told(sidesOf(pairs, { metric }), rulesOf([criterion]));
  return `${verdict}: ${sentence}`;
};
