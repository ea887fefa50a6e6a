/**
 * How a metric is summed: `rate` (a value is 0 or 1), `score` (from 0 to 1), `measure` (a quantity from 0 on), `count` (of
 * requests), `event` (what clients report by a name of their own).
 */
export type MetricFamily = 'rate' | 'score' | 'measure' | 'count' | 'event';

/** What windows must know of a metric. */
export type MetricRow = {
  family: MetricFamily;
  better: 'lower' | 'higher';
  /** From which topic its *live* windows are built; those of shadows always come from scores. */
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
  /** Of measures: what arms are compared by where no quantile is asked for. Of what is paid it is the mean. */
  comparedBy?: 'mean' | 'p99';
  /** Of scores: of a pair the shadow is worse or better where it is so by more than this. Default 0. */
  pairMargin?: number;
  /** It tells how the judge keeps up, not how an arm answers: no rollout is decided by it. */
  ofJudge?: true;
};

/** What a page says of a metric: what is counted, and when it says nothing ('' for never). */
export type MetricProse = { definition: string; notApplicable: string };
