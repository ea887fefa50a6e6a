import type { MetricProse, MetricRow } from './metric.ts';

/** Conversions and other events that clients report with feedback, by their name: `event_purchase`. */
export const EVENT_PREFIX = 'event_';

/** The slice of `judged` and `judged_by_models` in which what was left out is counted again. */
export const LEFT_OUT_SLICE = { left_out: 'behind' } as const;

/** The slice of `judged` in which those are counted again whose bodies the agent's capture policy does not keep. */
export const UNCAPTURED_SLICE = { uncaptured: 'by_policy' } as const;

/** What is counted without a scorer: of exchanges, of how the judge keeps up and what it costs, and of what clients report. */
export const COUNTED_METRICS: Readonly<Record<string, MetricRow & MetricProse>> = {
  accepted: {
    family: 'count',
    better: 'higher',
    source: 'exchanges',
    unit: 'requests',
    definition: 'requests that the front door took for the arm',
    notApplicable: '',
  },
  unvouched: {
    family: 'count',
    better: 'higher',
    source: 'exchanges',
    unit: 'requests',
    definition: 'requests for the arm that are no evidence, because their callers lack the role `subjects`',
    notApplicable: 'requests of other callers',
  },
  left_midway: {
    family: 'rate',
    better: 'lower',
    source: 'exchanges',
    unit: 'ratio',
    definition: '1 if the client left a stream after its first content and before its end',
    notApplicable: 'answers that are no stream, that had no content, or that failed',
  },
  judge_cost: {
    family: 'measure',
    better: 'lower',
    source: 'scores',
    unit: 'milli-usd',
    comparedBy: 'mean',
    definition: 'what judge models took for a score, beside the `cost` of the answer',
    notApplicable: 'scores that cost nothing',
  },
  judged: {
    family: 'rate',
    better: 'higher',
    source: 'scores',
    unit: 'ratio',
    ofJudge: true,
    definition:
      '1 for an answer that was scored by rules as far as its bodies are kept, 0 for one left out because the judge was behind',
    notApplicable: '',
  },
  judged_by_models: {
    family: 'rate',
    better: 'higher',
    source: 'scores',
    unit: 'ratio',
    ofJudge: true,
    definition: '1 for an answer that was put before the judge models, 0 for one left out because the judge was behind',
    notApplicable: 'no model is asked, or the rollout’s `judging` leaves it out',
  },
  judge_lag: {
    family: 'measure',
    better: 'lower',
    source: 'scores',
    unit: 'seconds',
    ofJudge: true,
    definition: 'from the end of an answer until it was scored by rules or left out',
    notApplicable: 'shadows',
  },
  thumbs_down: {
    family: 'rate',
    better: 'lower',
    source: 'feedback',
    unit: 'ratio',
    definition: '1 for a thumbs down, 0 for a thumbs up; the first vote on an exchange counts',
    notApplicable: 'requests without a vote',
  },
  rating: {
    family: 'score',
    better: 'higher',
    source: 'feedback',
    unit: 'ratio',
    definition: "the client's `rating` of 1 to 5 as 0 to 1; the first of an exchange counts",
    notApplicable: 'requests without a rating',
  },
  reported_success: {
    family: 'rate',
    better: 'higher',
    source: 'feedback',
    unit: 'ratio',
    definition: "the client's `task_success`",
    notApplicable: 'requests without a report',
  },
};

/** Every `event_<name>`. */
export const EVENT_METRIC: MetricRow & MetricProse = {
  family: 'event',
  better: 'higher',
  source: 'feedback',
  unit: 'units',
  definition: "sum of the event's values, per request; goals of experiments alone",
  notApplicable: 'requests without the event',
};

/** Every rubric, by the name of its metric. */
export const RUBRIC_METRIC: MetricRow & MetricProse = {
  family: 'score',
  better: 'higher',
  source: 'scores',
  unit: 'ratio',
  definition: "points on the rubric's scale, from 0 to 1",
  notApplicable: 'no text, no reference where the rubric wants one',
};
