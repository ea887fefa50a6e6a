import { expect, it } from 'vitest';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { rowOf } from '../test/experiment.fixture.ts';
import { addRow, EMPTY_SUMMARY } from './pooled-summary.ts';
import { ruleOf } from './table.ts';

it('a measure is shown by its bad end: the slowest percent of latency, and of throughput', () => {
  const values = Array.from({ length: 1_000 }, (_, i) => (i < 20 ? 1 : i < 980 ? 10 : 100));
  const shown = (name: string): number => {
    const metric = metricOrRubric(name);
    return ruleOf(metric).value(metric, addRow(EMPTY_SUMMARY, rowOf('candidate', name, 0, values)))!;
  };
  expect(shown('latency')).toBeCloseTo(100, -1);
  expect(shown('throughput')).toBeCloseTo(1, 1);
  expect(shown('throughput_p50')).toBeCloseTo(10, 0);
});
