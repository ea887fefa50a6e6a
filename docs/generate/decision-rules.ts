import type { About } from '../../controller/rules/decision-rule.ts';
import { GOAL_COMPARISONS } from '../../controller/rules/goals/goal-table.ts';
import { DECISION_RULES } from '../../controller/rules/table.ts';
import { table } from './table.ts';

const tableOf = (what: string, folder: string, records: readonly { name: string; about: About }[]): string =>
  table(
    [what, 'compares', 'of', 'source', 'file'],
    records.map(({ name, about: { compares, metrics, source, file } }) => [
      name,
      compares,
      metrics,
      source,
      `[${file}](../${folder}/${file})`,
    ]),
  );

export const decisionRuleTable = (): string => tableOf('rule', 'controller/rules', DECISION_RULES);
export const answersTable = (): string =>
  table(
    ['rule', 'worse', 'good enough', 'interval of (candidate − stable)', 'harm'],
    DECISION_RULES.map(({ name, about: { answers } }) => [
      name,
      answers.worse,
      answers.goodEnough,
      answers.interval,
      answers.harm,
    ]),
  );
export const goalTable = (): string => tableOf('comparison', 'controller/rules/goals', GOAL_COMPARISONS);
