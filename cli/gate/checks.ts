import { messageOf } from '../../schemas/error-message.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ScorableAnswer } from '../../judge/answers/scorable-answer.ts';
import type { ChatAnswer } from '../../judge/answers/chat.ts';
import { parseJson } from '../../openai/json-value.ts';
import { type CheckCriterion, type CheckRule, readPattern } from '../../schemas/gate-criterion.ts';
import type { GateCriterion } from '../../schemas/gate-plan.ts';
import type { Case } from './dataset/case.ts';
import type { Value } from './measured.ts';
import { PlanError } from './plan-file.ts';

/** What a check finds of one answer. */
export type Check = { name: string; valueOf: (asked: Case, answered: ScorableAnswer) => Value };

/** Null: the check says nothing of this question. */
type Holds = (answer: ChatAnswer, asked: Case) => boolean | null;

const hasCalled = ({ toolCalls }: ChatAnswer, tool: string): boolean => toolCalls.some(({ name }) => name === tool);

const fits = (schema: object): Holds => {
  const validate = new Ajv2020({ strict: false, validateFormats: false, logger: false }).compile(schema);
  return ({ text }) => {
    const value = parseJson(text);
    return value !== undefined && validate(value);
  };
};

const HOLDS: { readonly [K in CheckRule['rule']]: (given: Extract<CheckRule, { rule: K }>['given']) => Holds } = {
  matches: (text) => {
    const pattern = readPattern(text);
    return (answer) => pattern.test(answer.text);
  },
  notMatches: (text) => {
    const pattern = readPattern(text);
    return (answer) => !pattern.test(answer.text);
  },
  jsonSchema: fits,
  mustCall: (tools) => (answer) => tools.every((tool) => hasCalled(answer, tool)),
  mustNotCall: (tools) => (answer) => !tools.some((tool) => hasCalled(answer, tool)),
  exact:
    () =>
    ({ text }, { golden }) =>
      golden === null ? null : text.trim() === golden.trim(),
};

const checkOf = ({ check, rule }: CheckCriterion): Check => {
  const holds = (HOLDS[rule.rule] as (given: CheckRule['given']) => Holds)(rule.given);
  return {
    name: check,
    valueOf: (asked, { outcome, answer }) => {
      if (outcome !== 'ok') return { absent: 'not_applicable', reason: `no whole answer: ${outcome}` };
      if (!answer.ok) return { absent: 'error', reason: answer.reason };
      const found = holds(answer.value, asked);
      return found === null
        ? { absent: 'not_applicable', reason: 'the question has no golden answer' }
        : { value: found ? 1 : 0 };
    },
  };
};

/** The checks that a plan's criteria ask for. Throws a PlanError that names the check where a JSON schema is none. */
export const checksOf = (criteria: readonly GateCriterion[]): Check[] =>
  criteria.flatMap((criterion) => {
    if (!('check' in criterion)) return [];
    try {
      return [checkOf(criterion)];
    } catch (error) {
      throw new PlanError(`the check ${criterion.check}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  });
