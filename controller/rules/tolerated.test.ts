import { describe, expect, it } from 'vitest';
import { MetricSpec } from '../../schemas/metric-spec.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { binIndex, type Bins } from '../../schemas/sketch.ts';
import { EMPTY_SUMMARY, type PooledSummary } from './pooled-summary.ts';
import { ruleOf } from './table.ts';

const toleratedOf = (name: string, stable: Partial<PooledSummary>, more: object = {}): number | null => {
  const metric = metricOrRubric(name);
  return ruleOf(metric).tolerated(
    { metric, spec: MetricSpec.parse({ name, ...more }) },
    { ...EMPTY_SUMMARY, ...stable },
  );
};

describe('what is tolerated of a difference', () => {
  it('is written as the difference is: above 0 where more is worse, below where less is', () => {
    const stable = { count: 1_000, sum: 900 };
    expect(toleratedOf('error_rate', { count: 1_000, sum: 10 }, { r0: 1.5 })).toBeCloseTo(0.005);
    expect(toleratedOf('task_success', stable, { r0: 1.5 })).toBeCloseTo(-0.05);
    expect(toleratedOf('empathy', stable, { delta0: 0.2 })).toBe(-0.2);
    expect(toleratedOf('cost', stable, { p99Ratio: 1.1 })).toBeCloseTo(0.09);
  });

  it('of a quantile is the share that lies beyond stable’s if all values are so many times as large', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => 1 + i / 10_000);
    const bins: Bins = [...Map.groupBy(values, binIndex)]
      .map(([index, of]) => ({ index, count: of.length }))
      .sort((a, b) => a.index - b.index);
    const beyond = (ratio: number): number => values.filter((value) => value * ratio > 1.9).length / values.length;
    const told = toleratedOf('latency_p95', { count: 10_000, bins }, { p99Ratio: 1.2, r0: 1 })!;
    // Edges of the sketch lie 2 % apart.
    expect(told).toBeGreaterThan(beyond(1.2) - beyond(1) - 0.05);
    expect(told).toBeLessThan(beyond(1.2) - beyond(1) + 0.05);
    expect(toleratedOf('latency_p95', { count: 10_000, bins }, { p99Ratio: 1, r0: 1 })).toBe(0);
  });

  it('is not known before stable has values', () => {
    for (const name of ['error_rate', 'latency', 'cost']) expect(toleratedOf(name, {})).toBeNull();
  });
});
