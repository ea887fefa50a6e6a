/**
 * Every metric: how it is summed, which way is better, and from which topic its *live* windows are built (those of
 * shadows always come from scores). Values are in the unit given; a rate's value is 0 or 1.
 */
export type MetricFamily = 'rate' | 'score' | 'measure' | 'count' | 'event';
export type Metric = {
  family: MetricFamily;
  better: 'lower' | 'higher';
  source: 'exchanges' | 'scores' | 'feedback';
  unit:
    | 'ratio'
    | 'seconds'
    | 'milli-usd'
    | 'kilo-tokens'
    | 'kilo-characters'
    | 'tokens-per-second'
    | 'requests'
    | 'units';
  /** Of measures: what arms are compared by; null is the mean. `better: higher` turns it round: the slowest percent. */
  quantile: number | null;
  /** The name under which windows hold it: `latency_p50` and `latency` are two readings of one row. */
  rows: string;
};

const ROWS: Readonly<Record<string, Omit<Metric, 'rows' | 'quantile'>>> = {
  accepted: { family: 'count', better: 'higher', source: 'exchanges', unit: 'requests' },
  error_rate: { family: 'rate', better: 'lower', source: 'exchanges', unit: 'ratio' },
  latency: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'seconds' },
  first_token: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'seconds' },
  cost: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'milli-usd' },
  tokens: { family: 'measure', better: 'lower', source: 'exchanges', unit: 'kilo-tokens' },
  throughput: { family: 'measure', better: 'higher', source: 'exchanges', unit: 'tokens-per-second' },
  task_success: { family: 'rate', better: 'higher', source: 'scores', unit: 'ratio' },
  tool_validity: { family: 'rate', better: 'higher', source: 'scores', unit: 'ratio' },
  json_validity: { family: 'rate', better: 'higher', source: 'scores', unit: 'ratio' },
  refusal: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  tool_errors: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  hallucination: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  toxicity: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  pii_leak: { family: 'rate', better: 'lower', source: 'scores', unit: 'ratio' },
  tool_accuracy: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  faithfulness: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  answer_relevancy: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  task_completion: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  semantic_similarity: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  reference_match: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  empathy: { family: 'score', better: 'higher', source: 'scores', unit: 'ratio' },
  length: { family: 'measure', better: 'lower', source: 'scores', unit: 'kilo-characters' },
  judge_cost: { family: 'measure', better: 'lower', source: 'scores', unit: 'milli-usd' },
  thumbs_down: { family: 'rate', better: 'lower', source: 'feedback', unit: 'ratio' },
  reported_success: { family: 'rate', better: 'higher', source: 'feedback', unit: 'ratio' },
};

const RUBRIC: Metric = {
  family: 'score',
  better: 'higher',
  source: 'scores',
  unit: 'ratio',
  quantile: null,
  rows: '',
};

/** These are compared by their mean where no quantile is asked for: what they come to is what is paid. */
const BY_MEAN: ReadonlySet<string> = new Set(['cost', 'tokens', 'length', 'judge_cost']);
const QUANTILES: Readonly<Record<string, number>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** Conversions and other events that clients report with feedback, by their name: `event_purchase`. */
export const EVENT_PREFIX = 'event_';

const readings = (name: string, row: Omit<Metric, 'rows' | 'quantile'>): [string, Metric][] => {
  if (row.family !== 'measure') return [[name, { ...row, quantile: null, rows: name }]];
  return [
    [name, { ...row, quantile: BY_MEAN.has(name) ? null : 0.99, rows: name }],
    ...Object.entries(QUANTILES).map(([suffix, quantile]): [string, Metric] => [
      `${name}_${suffix}`,
      { ...row, quantile, rows: name },
    ]),
  ];
};

const METRICS: Readonly<Record<string, Metric>> = Object.fromEntries(
  Object.entries(ROWS).flatMap(([name, row]) => readings(name, row)),
);

export const KNOWN_METRICS: readonly string[] = Object.keys(METRICS);

/**
 * The metric's definition. `event_…` is what clients report by that name (sum per request, higher is better); any other name
 * outside the table is a judge's rubric, scored from 0 to 1, higher is better.
 */
export const metricOf = (name: string): Metric => {
  if (Object.hasOwn(METRICS, name)) return METRICS[name]!;
  if (name.startsWith(EVENT_PREFIX))
    return { family: 'event', better: 'higher', source: 'feedback', unit: 'units', quantile: null, rows: name };
  return { ...RUBRIC, rows: name };
};
