import type { MetricFamily } from '../../schemas/metric.ts';
import type { Metric } from '../../schemas/metrics.ts';
import { APPLICABILITY } from './applicability-rule.ts';
import { BOUNDED_SCORE } from './bounded-score-rule.ts';
import type { DecisionRule } from './decision-rule.ts';
import { EXCEEDANCES } from './exceedances-rule.ts';
import { MEAN_RATIO } from './mean-ratio-rule.ts';
import { RATE_RATIO } from './rate-ratio-rule.ts';

/** Every rule that a candidate's metrics are judged by. A new one is a file and a line here. */
export const DECISION_RULES: readonly DecisionRule[] = [
  RATE_RATIO,
  BOUNDED_SCORE,
  EXCEEDANCES,
  MEAN_RATIO,
  APPLICABILITY,
];

/** The rule of a metric. Throws for one that no rule judges: documents that name such a metric are refused (`whyUnjudged`). */
export const ruleOf = (metric: Metric): DecisionRule => {
  const rule = whyUnjudged(metric) === null ? DECISION_RULES.find((candidate) => candidate.judges(metric)) : undefined;
  if (rule === undefined) throw new Error(`no rule judges ${metric.rows}`);
  return rule;
};

/** What no rule judges: what it is called, and why it is so. */
type Unjudged = { noun: string; reason: string };
const UNJUDGED: { readonly [family in MetricFamily]?: Unjudged } = {
  count: { noun: 'a count', reason: 'is a count; no rule judges counts' },
  event: {
    noun: 'an event',
    reason: 'knows nothing of the requests without one; take it as the goal of an experiment',
  },
};

const OF_JUDGE: Unjudged = {
  noun: 'about the judge',
  reason: 'tells how the judge keeps up, not how an arm answers; no rule judges it',
};

/** Null where a rule judges the metric. */
export const whyUnjudged = ({ family, ofJudge }: Metric): Unjudged | null =>
  ofJudge ? OF_JUDGE : (UNJUDGED[family] ?? null);
