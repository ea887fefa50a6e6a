import type { AbSpec } from '../../schemas/documents.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { binIndex } from '../../schemas/sketch.ts';
import { noValues } from '../../schemas/window.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { liveTopic } from '../rollout/metric-plan.ts';
import { strategyDocument } from './play.fixture.ts';

/** The spec of an experiment between `stable` and others, of equal weights unless they say otherwise. */
export const experimentSpec = (spec: object, arms: readonly string[] = ['stable', 'short', 'kind']): AbSpec => {
  const document = strategyDocument({
    strategy: 'ab',
    duration: '7d',
    minRequests: 50,
    arms: arms.map((name, i) => ({ name, version: `v${i + 1}`, weightPct: 100 / arms.length })),
    ...spec,
  });
  if (document.spec.strategy !== 'ab') throw new Error('no experiment');
  return document.spec;
};

/** A row of single values, by subject bucket, as the analyzer would write it. */
export const rowOf = (
  arm: string,
  metric: string,
  startMs: number,
  values: readonly number[],
  over: Partial<WindowRow> & { bucketOf?: (i: number) => number } = {},
): WindowRow => {
  const { bucketOf = (i: number) => i % 20, ...rest } = over;
  const { family, better } = metricOrRubric(metric);
  const buckets = family === 'rate' || family === 'event' ? Array.from({ length: 20 }, () => 0) : [];
  const bins = new Map<number, number>();
  values.forEach((value, i) => {
    if (family === 'event' || (family === 'rate' && value === (better === 'lower' ? 1 : 0))) buckets[bucketOf(i)]! += 1;
    if (family === 'measure' || (family === 'event' && value > 0))
      bins.set(binIndex(value), (bins.get(binIndex(value)) ?? 0) + 1);
  });
  const sum = (of: (value: number) => number): number =>
    values.reduce((total, value) => total + Math.round(of(value) * MICRO), 0);
  return {
    agent: 'support',
    rollout: 'support-x#2',
    routingSequence: 2,
    version: 'v1',
    arm,
    kind: 'live',
    metric,
    slice: ALL,
    startMs,
    endMs: startMs + 60_000,
    sourceTopic: liveTopic(metric),
    ...noValues(),
    count: values.length,
    sumMicro: sum((value) => value),
    sumSqMicro: sum((value) => value * value),
    buckets,
    bins: [...bins].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count })),
    ...rest,
  };
};

/** So many events over 20 buckets as evenly as can be, another bucket first in each window. */
const spread = (events: number, startMs: number): number[] =>
  Array.from({ length: 20 }, (_, i) => {
    const place = (i + (startMs / 60_000) * 7) % 20;
    return Math.floor(events / 20) + (place < events % 20 ? 1 : 0);
  });

/** `n` requests that were accepted and seen, `failed` of them failed. */
export const trafficRows = (arm: string, startMs: number, n: number, failed = 0): WindowRow[] => {
  const buckets = spread(failed, startMs);
  const counted = { count: n, sumMicro: failed * MICRO, sumSqMicro: failed * MICRO };
  return [
    { ...rowOf(arm, 'error_rate', startMs, []), ...counted, buckets },
    { ...rowOf(arm, 'accepted', startMs, []), count: n, sumMicro: n * MICRO, sumSqMicro: n * MICRO },
  ];
};

/** Bad or good events of a rate, by counts alone. */
export const rateRow = (arm: string, metric: string, startMs: number, n: number, ones: number): WindowRow => {
  const bad = metricOrRubric(metric).better === 'lower' ? ones : n - ones;
  const buckets = spread(bad, startMs);
  return {
    ...rowOf(arm, metric, startMs, []),
    count: n,
    sumMicro: ones * MICRO,
    sumSqMicro: ones * MICRO,
    buckets,
  };
};
