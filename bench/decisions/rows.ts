import { metricOrRubric } from '../../schemas/metrics.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { binUpperEdge } from '../../schemas/sketch.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import { noValues } from '../../schemas/window.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { WINDOW_MS } from './ours.ts';
import type { MetricName } from './scenarios.ts';
import type { ArmMinute, Minute } from './world.ts';

/** A simulated minute as the analyzer's rows: the counts that coverage needs, and the metrics that are watched. */
export const rowsOf =
  (metrics: readonly MetricName[]) =>
  (minute: Minute, view: RoutingView, startMs: number): WindowRow[] =>
    view.arms.flatMap(({ name, version }) => {
      const seen = minute[name === 'candidate' ? 'candidate' : 'stable'];
      if (seen.requests === 0) return [];
      const row = rowMaker(view, { name, version }, startMs);
      return [
        row('accepted', { count: seen.requests, sumMicro: seen.requests * MICRO }),
        row('error_rate', rateStats(seen.requests, seen.errors, seen.errorBuckets)),
        ...(seen.spoken !== undefined && seen.spoken > 0
          ? [row('judged', rateStats(seen.spoken, seen.answers, NO_BUCKETS))]
          : []),
        ...(metrics.includes('task_success')
          ? [row('task_success', rateStats(seen.answers, seen.answers - seen.failures, seen.failureBuckets))]
          : []),
        ...(metrics.includes('quality') ? [row('quality', scoreStats(seen))] : []),
        ...(metrics.includes('latency') ? [row('latency', binStats(seen.bins))] : []),
      ];
    });

const NO_BUCKETS: readonly number[] = [];

type Stats = Partial<WindowRow>;

export const rowMaker =
  (
    { agent, rollout, sequence }: RoutingView,
    { name: arm, version }: { name: string; version: string },
    startMs: number,
    windowMs = WINDOW_MS,
  ) =>
  (metric: string, stats: Stats, slice: string = ALL): WindowRow => ({
    agent,
    rollout,
    routingSequence: sequence,
    version,
    arm,
    kind: 'live',
    metric,
    slice,
    startMs,
    endMs: startMs + windowMs,
    sourceTopic: metricOrRubric(metric).source === 'exchanges' ? EXCHANGES.name : SCORES.name,
    ...noValues(),
    ...stats,
  });

/** Of values 0 or 1. */
export const rateStats = (count: number, ones: number, buckets: readonly number[]): Stats => ({
  count,
  sumMicro: ones * MICRO,
  sumSqMicro: ones * MICRO,
  buckets: [...buckets],
});

/** Answers that the judge did not draw count as not applicable, so that its sampling is no gap in coverage. */
const scoreStats = ({ quality, answers }: ArmMinute): Stats => ({
  count: quality.length,
  sumMicro: quality.reduce((sum, micro) => sum + micro, 0),
  sumSqMicro: quality.reduce((sum, micro) => sum + Math.round((micro * micro) / MICRO), 0),
  notApplicable: answers - quality.length,
  items: quality.map((micro, i) => ({ id: ITEM_IDS[i]!, micro })),
});

const ITEM_IDS = Array.from({ length: 64 }, (_, i) => String(i).padStart(2, '0'));

/** Of measures, each value taken as its bin's upper edge. */
export const binStats = (bins: readonly { index: number; count: number }[]): Stats => {
  let [n, sum, squares] = [0, 0, 0];
  for (const { index, count } of bins) {
    const edge = edgeOf(index);
    n += count;
    sum += count * edge;
    squares += count * edge * edge;
  }
  return { count: n, sumMicro: Math.round(sum * MICRO), sumSqMicro: Math.round(squares * MICRO), bins: [...bins] };
};

const edges = new Map<number, number>();
const edgeOf = (index: number): number => {
  const edge = edges.get(index) ?? binUpperEdge(index);
  edges.set(index, edge);
  return edge;
};
