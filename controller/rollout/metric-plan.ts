import { MetricSpec } from '../../schemas/metric-spec.ts';
import { appliesName, metricOrRubric } from '../../schemas/metrics.ts';
import { OTHER, type RoutingView } from '../../schemas/routing-view.ts';
import { EXCHANGES, FEEDBACK, SCORES } from '../../schemas/topics.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import type { JudgedMetric } from '../rules/decision-rule.ts';
import { ruleOf } from '../rules/table.ts';
import { hasShadowPhase, isCanary, limitsOf, type RolloutSpec, thresholdsOf } from './strategy.ts';

export type Slices = RoutingView['slices'];

/**
 * Rules that read words are wrong now and then, on both arms alike. To prove a rate of 0.3 % below a floor of 0.5 % takes
 * some thousands of requests, below 2 % some hundreds; a rise is found whatever the floor.
 */
const BY_WORDS = { weight: 0.5, rateFloor: 0.02 } as const;
/** These apply to some answers alone, or are wrong now and then as those above, and a small team is to have its verdict within a day. */
const SOME_ANSWERS = { rateFloor: 0.02 } as const;

/**
 * A list of warm and cold phrases can't tell another style from another tone by less than this. Where another metric says what is
 * wrong (an answer that declines is not warm either), that one is to be named.
 */
const BY_TONE = { weight: 0.5, delta0: 0.2, deltaMax: 0.3 } as const;

/** They stop a candidate, and a promotion waits for none of them. */
const STOPS_ONLY = { weight: 0.5, promotes: false } as const;

/** Watched where a document names no metrics. One that has no data at all keeps its share, with an e-value of 1. */
export const DEFAULT_METRICS: readonly MetricSpec[] = [
  { name: 'error_rate' },
  { name: 'empty_answer' },
  { name: 'cut_answer', ...BY_WORDS },
  { name: 'degenerate', ...BY_WORDS },
  { name: 'task_success' },
  { name: 'tool_validity', ...SOME_ANSWERS },
  { name: 'json_validity', ...SOME_ANSWERS },
  { name: 'refusal', ...SOME_ANSWERS },
  { name: 'empathy', ...BY_TONE },
  { name: 'latency' },
  { name: 'left_midway', ...STOPS_ONLY, r0: 1.2 },
  { name: 'first_token', ...STOPS_ONLY },
  { name: 'length', ...STOPS_ONLY, p99Ratio: 1.5 },
  { name: 'pii_leak', ...STOPS_ONLY },
  { name: 'toxicity', ...STOPS_ONLY },
].map((spec) => MetricSpec.parse(spec));

export type MetricPlan = JudgedMetric & {
  /** Of E. */
  share: number;
  /** True where the document names it: then having no data is a reason to hold. */
  named: boolean;
};

/**
 * What of E is held by the shares of answers that metrics apply to. It is small, so that the metrics' own evidence loses no more than
 * ln(1/0.9) = 0.1; a metric that stops applying is found soon enough by what is left to it.
 */
const APPLICABILITY_PART = 0.1;

/**
 * The metrics of a rollout with their shares in E, fixed for its whole life as an average of e-processes asks. None where no
 * candidate is compared with stable: in experiments and blue-green. What is left of 1 is that of `applicabilityPlans`.
 */
export const metricPlans = (spec: RolloutSpec): MetricPlan[] => {
  const specs = specsOf(spec);
  const part = specs.some(isComparedByApplicability) ? 1 - APPLICABILITY_PART : 1;
  const total = totalWeight(specs);
  return specs.map((s) => ({
    spec: s,
    metric: metricOrRubric(s.name),
    share: (part * s.weight) / total,
    named: isCanary(spec) && spec.metrics !== undefined,
  }));
};

/**
 * To how many answers each of these metrics applies, as metrics of their own. They may convict like any other, and no more: no proof waits
 * for them, no coverage is asked of them, and no weight follows them.
 */
export const applicabilityPlans = (spec: RolloutSpec): MetricPlan[] => {
  const specs = specsOf(spec).filter(isComparedByApplicability);
  const total = totalWeight(specs);
  return specs.map((s) => {
    const name = appliesName(s.name);
    const share = (APPLICABILITY_PART * s.weight) / total;
    return { spec: { ...s, name, promotes: false }, metric: metricOrRubric(name), share, named: false };
  });
};

/** Everything that may convict a candidate, with shares that add up to 1. */
export const convictingPlans = (spec: RolloutSpec): MetricPlan[] => [...metricPlans(spec), ...applicabilityPlans(spec)];

const specsOf = (spec: RolloutSpec): readonly MetricSpec[] => (isCanary(spec) ? (spec.metrics ?? DEFAULT_METRICS) : []);

const totalWeight = (specs: readonly MetricSpec[]): number => specs.reduce((sum, { weight }) => sum + weight, 0);

/** Rows of exchanges and of feedback hold what was measured or said, and know nothing of the rest. */
const isComparedByApplicability = ({ name, appliesLoss }: MetricSpec): boolean =>
  appliesLoss < 1 && metricOrRubric(name).source === 'scores';

/** Every slice that has a window of its own, as rows name it: `label=value`, the rest of a label under `_other`. */
export const sliceNames = (slices: Slices): string[] =>
  slices.flatMap(({ label, values }) => [...new Set([...values, OTHER])].map((value) => `${label}=${value}`));

/**
 * The cells that a metric's evidence is averaged over: half on the whole, half spread evenly over the slices, so that one
 * slice's collapse is found while the mean improves. Where the metric's rule has no slices, the whole is all.
 */
export const cellShares = (plan: MetricPlan, slices: Slices): { slice: string; share: number }[] => {
  const names = ruleOf(plan.metric).hasSlices && plan.spec.slices ? sliceNames(slices) : [];
  if (names.length === 0) return [{ slice: ALL, share: plan.share }];
  const each = plan.share / 2 / names.length;
  return [{ slice: ALL, share: plan.share / 2 }, ...names.map((slice) => ({ slice, share: each }))];
};

const TOPIC_OF = { exchanges: EXCHANGES.name, scores: SCORES.name, feedback: FEEDBACK.name } as const;

/** The topic that a metric's live windows are built from. */
export const liveTopic = (metric: string): string => TOPIC_OF[metricOrRubric(metric).source];

/** What an experiment is decided by. */
const experimentNames = (spec: RolloutSpec): string[] =>
  spec.strategy === 'ab'
    ? [...(spec.goal === undefined ? [] : [spec.goal.metric]), ...spec.guardrails.map(({ name }) => name)]
    : [];

/** The source topics that a rollout needs. Each is judged as it comes; a stage's time is the least of their stream times. */
export const requiredTopics = (spec: RolloutSpec): string[] => {
  const sources = new Set([
    EXCHANGES.name,
    ...metricPlans(spec).map((plan) => TOPIC_OF[plan.metric.source]),
    ...thresholdsOf(spec).map((threshold) => liveTopic(threshold.metric)),
    ...limitsOf(spec).flatMap(({ metric }) => (metric === undefined ? [] : [liveTopic(metric)])),
    ...experimentNames(spec).map(liveTopic),
    ...(hasShadowPhase(spec) ? [SCORES.name] : []),
  ]);
  return [...sources].sort();
};
