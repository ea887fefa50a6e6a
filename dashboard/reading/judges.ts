import type { RolloutView } from '../../schemas/controller-api.ts';
import { metricOrRubric, registeredMetric } from '../../schemas/metrics.ts';

/** `llm:gpt-4o@1f2e` is asked as gpt-4o. */
const modelIn = (judge: string): string => judge.replace(/^[a-z]+:/, '').replace(/@[^@]*$/, '');

/** Who says what a metric's values are, in words, and what must be known of it; null where nothing must. */
export const judgedBy = (metric: string, judges: RolloutView['judges']): { by: string; warning: string | null } => {
  const { source, rows } = metricOrRubric(metric);
  if (source === 'exchanges') return { by: 'measured', warning: null };
  if (source === 'feedback') return { by: 'what clients say', warning: null };
  const own = judges.filter((judge) => judge.metric === rows);
  if (own.length === 0)
    return { by: registeredMetric(metric) === undefined ? 'a judge model' : 'rules', warning: null };
  const by = own
    .map(({ judge, modelFamily }) => `${modelIn(judge)} (${modelFamily === '' ? 'family not known' : modelFamily})`)
    .join(', ');
  const akin = [...new Set(own.flatMap(({ akinTo }) => akinTo))];
  return { by, warning: akin.length === 0 ? null : `same family as ${akin.join(' and ')}` };
};
