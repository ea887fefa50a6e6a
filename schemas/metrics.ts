/**
 * Every metric: how it is summed, which way is better, and from which topic its *live* windows are built (those of
 * shadows always come from scores). Values are in the unit given; a rate's value is 0 or 1.
 */
export type MetricFamily = 'rate' | 'score' | 'measure' | 'count';
export type Metric = {
  family: MetricFamily;
  better: 'lower' | 'higher';
  source: 'exchanges' | 'scores' | 'feedback';
  unit: 'ratio' | 'seconds' | 'milli-usd' | 'kilo-tokens' | 'kilo-characters' | 'requests';
};

const METRICS: Readonly<Record<string, Metric>> = {
  accepted: { family: 'count', better: 'higher', source: 'exchanges', unit: 'requests' },
  error_rate: { family: 'rate', better: 'lower', source: 'exchanges', unit: 'ratio' },
  latency: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'seconds' },
  first_token: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'seconds' },
  cost: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'milli-usd' },
  tokens: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'kilo-tokens' },
  task_success: { family: 'rate', better: 'higher', source: 'scores', unit: 'ratio' },
  tool_validity: { family: 'rate', better: 'higher', source: 'scores', unit: 'ratio' },
  json_validity: { family: 'rate', better: 'higher', source: 'scores', unit: 'ratio' },
  refusal: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  empathy: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  length: { family: 'measure', better: 'lower', source: 'scores', unit: 'kilo-characters' },
  thumbs_down: { family: 'rate', better: 'lower', source: 'feedback', unit: 'ratio' },
  reported_success: { family: 'rate', better: 'higher', source: 'feedback', unit: 'ratio' },
};

const RUBRIC: Metric = { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' };

export const KNOWN_METRICS: readonly string[] = Object.keys(METRICS);

/** The metric's definition; a name outside the table is a judge's rubric, scored from 0 to 1, higher is better. */
export const metricOf = (name: string): Metric => (Object.hasOwn(METRICS, name) ? METRICS[name]! : RUBRIC);
