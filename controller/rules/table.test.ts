import { describe, expect, it } from 'vitest';
import { EVENT_PREFIX } from '../../schemas/counted-metrics.ts';
import { appliesName, type Metric, metricOrRubric, REGISTERED_METRICS } from '../../schemas/metrics.ts';
import { GOAL_COMPARISONS, comparisonOf } from './goals/goal-table.ts';
import { DECISION_RULES, ruleOf, whyUnjudged } from './table.ts';

const EVERY_METRIC = [...REGISTERED_METRICS, 'a_rubric', `${EVENT_PREFIX}sale`, appliesName('tool_validity')];
const rulesOf = (metric: Metric): string[] =>
  DECISION_RULES.filter((rule) => rule.judges(metric)).map(({ name }) => name);

describe('the table of decision rules', () => {
  it.each(EVERY_METRIC)('has one rule for %s, or a reason why none judges it', (name) => {
    const metric = metricOrRubric(name);
    if (whyUnjudged(metric) === null) expect(rulesOf(metric)).toHaveLength(1);
    else expect(() => ruleOf(metric)).toThrow('no rule judges');
  });

  it.each([
    ['error_rate', 'rate ratio'],
    ['a_rubric', 'bounded score'],
    ['latency', 'exceedances'],
    ['cost', 'mean ratio'],
    ['cost_p99', 'exceedances'],
    ['tool_validity:applies', 'share applied to'],
    ['a_rubric:applies', 'share applied to'],
  ])('judges %s by %s', (name, rule) => {
    expect(ruleOf(metricOrRubric(name)).name).toBe(rule);
  });

  it('names no two rules alike', () => {
    const names = DECISION_RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('begins every rule with no evidence, as plain data', () => {
    for (const rule of DECISION_RULES) {
      const state = rule.initial();
      expect(structuredClone(state)).toEqual(state);
      expect(rule.logE(state)).toBeCloseTo(0, 12);
      expect(rule.logProof(state)).toBeCloseTo(0, 12);
    }
  });
});

describe('the table of goals', () => {
  it.each(EVERY_METRIC.filter((name) => metricOrRubric(name).family !== 'count' && !metricOrRubric(name).ofJudge))(
    'has one comparison for %s',
    (name) => {
      const metric = metricOrRubric(name);
      for (const by of ['sum', 'count', undefined] as const)
        expect(GOAL_COMPARISONS.filter((comparison) => comparison.compares(metric, by))).toHaveLength(1);
    },
  );

  it('compares no counts of requests, which the weights decide', () => {
    expect(() => comparisonOf(metricOrRubric('accepted'), undefined)).toThrow('accepted');
  });
});
