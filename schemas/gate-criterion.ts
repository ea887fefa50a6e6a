import { messageOf } from './error-message.ts';
import { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { Duration } from './duration.ts';
import { metricOrRubric, registeredMetric } from './metrics.ts';
import { Name } from './routing-view.ts';
import { SCORED_METRICS } from './scored-metrics.ts';

/** A value in the metric's own unit, or a duration where that is time. */
const Bound = z.union([z.number(), Duration.transform((ms) => ({ seconds: ms / 1_000 }))]);
const Percent = z.number().min(0).max(100);
/** Of metrics better low it is a rise, which may be above 100 %. */
const MaxDropPct = z.number().min(0).max(10_000);

/** What a criterion of either kind says of all that it asks. */
type OfBoth = {
  /** By how much of the baseline's value it may be worse; null: it is not compared. */
  maxDropPct: number | null;
  /** Of a comparison: by what share of the questions it may apply to fewer of the candidate's answers; 1: by any. */
  appliesLoss: number;
  /** Whether each of the plan's slices is held to it as well. */
  slices: boolean;
};

/** What the metric's mean may be, and what so many percent of the answers stay within. */
const BOUNDS = ['min', 'max', 'p50', 'p95', 'p99'] as const;
export type BoundName = (typeof BOUNDS)[number];

/**
 * What is asked of one metric. Bounds are in the unit of `schemas/metrics.ts`: `min` and `max` of the mean, `p50`, `p95` and `p99` of
 * a measure's quantile (of one better high, of its lower tail).
 */
export type MetricCriterion = {
  metric: string;
  bounds: Readonly<Partial<Record<BoundName, number>>>;
} & OfBoth;

/** Why a gate can't measure what is called so; null if it can. Where there are rubrics, a name that nobody knows may be one's. */
export const whyNotMeasured = (name: string, hasRubrics: boolean): string | null => {
  const metric = registeredMetric(name);
  if (metric === undefined && hasRubrics) return null;
  if (metric === undefined)
    return `no metric is called ${name}${didYouMean(name, Object.keys(SCORED_METRICS))} A rubric's metric needs its file in spec.judges.rubrics`;
  if (metric.rows !== name) return `${name} is a quantile; give ${metric.rows} with p50, p95 or p99`;
  return Object.hasOwn(SCORED_METRICS, name) ? null : `${name} is not measured by a gate: no clients have its answers`;
};

/** Why a bound on such a metric is a slip of the pen. */
const boundFault = (bound: BoundName, written: z.infer<typeof Bound>, name: string): string | null => {
  const { better, family, unit } = metricOrRubric(name);
  const isTime = unit === 'seconds';
  if (isTime !== (typeof written === 'object'))
    return isTime ? `is a time: give a duration like 2s` : `is no time: give a number`;
  if (bound === 'min' && better === 'lower') return `is for metrics of which more is better; for ${name} give max`;
  if (bound === 'max' && better === 'higher') return `is for metrics of which less is better; for ${name} give min`;
  if (bound.startsWith('p') && family !== 'measure') return `is for measures like latency, not for a ${family}`;
  return null;
};

/** A regular expression of ECMAScript with the flag `u`; `(?i)`, `(?s)` and `(?m)` at its beginning set flags. Throws a SyntaxError. */
export const readPattern = (text: string): RegExp => {
  const [whole, flags = ''] = /^\(\?([ims]+)\)/.exec(text) ?? [''];
  return new RegExp(text.slice(whole.length), `u${[...new Set(flags)].join('')}`);
};

const Pattern = z
  .string()
  .min(1)
  .max(2_000)
  .check(({ value, issues }) => {
    try {
      readPattern(value);
    } catch (error) {
      issues.push({ code: 'custom', message: messageOf(error), input: value });
    }
  });

const Tools = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(100)])
  .transform((tools) => (typeof tools === 'string' ? [tools] : tools));

/** What must hold of each answer by itself: of its text, or of the tools it calls. */
const RULES = {
  matches: Pattern,
  notMatches: Pattern,
  /** The text is JSON that this schema accepts. */
  jsonSchema: z.record(z.string(), z.json()),
  /** Every one of them. */
  mustCall: Tools,
  mustNotCall: Tools,
  /** The text is the golden answer, but for white space around it. A question without one is left out. */
  exact: z.literal(true),
};
type Rules = { [K in keyof typeof RULES]: z.infer<(typeof RULES)[K]> };
type RuleName = keyof Rules;

/** A check's rule and what it is given: `{ rule: 'mustCall', given: ['refund'] }`. */
export type CheckRule = { [K in RuleName]: { rule: K; given: Rules[K] } }[RuleName];

/** A rule that at least `minPct` of the answers must keep; the share that does is held against the baseline by `maxDropPct`. */
export type CheckCriterion = { check: string; rule: CheckRule; minPct: number } & OfBoth;

const RULE_NAMES = Object.keys(RULES) as RuleName[];

const Written = z.strictObject({
  metric: z.string().min(1).max(200).optional(),
  min: Bound.optional(),
  max: Bound.optional(),
  p50: Bound.optional(),
  p95: Bound.optional(),
  p99: Bound.optional(),
  check: Name.optional(),
  matches: RULES.matches.optional(),
  notMatches: RULES.notMatches.optional(),
  jsonSchema: RULES.jsonSchema.optional(),
  mustCall: RULES.mustCall.optional(),
  mustNotCall: RULES.mustNotCall.optional(),
  exact: RULES.exact.optional(),
  /** Default: 100. */
  minPct: Percent.optional(),
  maxDropPct: MaxDropPct.optional(),
  appliesLoss: z.number().min(0).max(1).default(0.05),
  slices: z.boolean().default(false),
});
type Written = z.infer<typeof Written>;
type Refuse = (path: string, message: string) => void;

const ofMetrics: readonly string[] = BOUNDS;
const ofChecks: readonly string[] = [...RULE_NAMES, 'minPct'];

const metricCriterion = (written: Written, metric: string, refuse: Refuse): MetricCriterion => {
  const { maxDropPct = null, appliesLoss, slices } = written;
  const bounds: Partial<Record<BoundName, number>> = {};
  for (const bound of BOUNDS) {
    const value = written[bound];
    if (value === undefined) continue;
    const fault = boundFault(bound, value, metric);
    if (fault !== null) refuse(bound, fault);
    bounds[bound] = typeof value === 'object' ? value.seconds : value;
  }
  if (maxDropPct === null && Object.keys(bounds).length === 0)
    refuse('metric', `asks nothing of ${metric}; give min, max, p95 or maxDropPct`);
  return { metric, bounds, maxDropPct, appliesLoss, slices };
};

const checkCriterion = (written: Written, check: string, refuse: Refuse): CheckCriterion => {
  const { minPct = 100, maxDropPct = null, appliesLoss, slices } = written;
  const given = RULE_NAMES.filter((rule) => written[rule] !== undefined);
  const rule = given[0] ?? 'exact';
  if (given.length !== 1) refuse('check', `needs one of ${RULE_NAMES.join(', ')}`);
  return { check, rule: { rule, given: written[rule] } as CheckRule, minPct, maxDropPct, appliesLoss, slices };
};

/** A metric's criterion, or a check's. */
export const Criterion = Written.transform((written, context): MetricCriterion | CheckCriterion => {
  const refuse: Refuse = (path, message) =>
    void context.issues.push({ code: 'custom', path: [path], message, input: written });
  const { metric, check } = written;
  const strange = Object.keys(written).find((field) => (metric === undefined ? ofMetrics : ofChecks).includes(field));
  if ((metric === undefined) === (check === undefined))
    refuse('metric', 'or else check is needed, and one of them alone');
  else if (strange !== undefined)
    refuse(strange, `has no place in the criterion of a ${metric === undefined ? 'check' : 'metric'}`);
  return metric === undefined ? checkCriterion(written, check ?? '', refuse) : metricCriterion(written, metric, refuse);
});
