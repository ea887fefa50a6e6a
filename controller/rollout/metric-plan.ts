import { MetricSpec } from '../../schemas/metric-spec.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { OTHER, type RoutingView } from '../../schemas/routing-view.ts';
import { EXCHANGES, FEEDBACK, SCORES } from '../../schemas/topics.ts';
import { ALL } from '../../schemas/window.ts';
import type { JudgedMetric } from '../rules/decision-rule.ts';
import { ruleOf } from '../rules/table.ts';
import { hasShadowPhase, isCanary, type RolloutSpec, thresholdsOf } from './strategy.ts';

export type Slices = RoutingView['slices'];

/**
 * Rules that read words are wrong now and then, on both arms alike. To prove a rate of 0.3 % below the usual floor of 0.5 % takes
 * some thousands of requests, below 2 % some hundreds; a rise is found whatever the floor.
 */
const BY_WORDS = { weight: 0.5, rateFloor: 0.02 } as const;

/** Watched where a document names no metrics. One that has no data at all keeps its share, with an e-value of 1. */
export const DEFAULT_METRICS: readonly MetricSpec[] = [
  { name: 'error_rate' },
  { name: 'empty_answer', rateFloor: 0.01 },
  { name: 'cut_answer', ...BY_WORDS },
  { name: 'degenerate', ...BY_WORDS },
  { name: 'task_success' },
  { name: 'tool_validity' },
  { name: 'json_validity' },
  { name: 'refusal' },
  { name: 'empathy' },
  { name: 'latency' },
].map((spec) => MetricSpec.parse(spec));

export type MetricPlan = JudgedMetric & {
  /** Of all metrics' weights; the shares add up to 1. */
  share: number;
  /** True where the document names it: then having no data is a reason to hold. */
  named: boolean;
};

/**
 * The metrics of a rollout with their shares in E, fixed for its whole life as an average of e-processes asks. None where no
 * candidate is compared with stable: in experiments and blue-green.
 */
export const metricPlans = (spec: RolloutSpec): MetricPlan[] => {
  if (!isCanary(spec)) return [];
  const specs = spec.metrics ?? DEFAULT_METRICS;
  const total = specs.reduce((sum, s) => sum + s.weight, 0);
  return specs.map((s) => ({
    spec: s,
    metric: metricOrRubric(s.name),
    share: s.weight / total,
    named: spec.metrics !== undefined,
  }));
};

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
    ...experimentNames(spec).map(liveTopic),
    ...(hasShadowPhase(spec) ? [SCORES.name] : []),
  ]);
  return [...sources].sort();
};
