import { expect, it } from 'vitest';
import { appliesName, appliesOf, metricOrRubric, REGISTERED_METRICS, registeredMetric } from './metrics.ts';

it('every registered metric has a definition', () => {
  for (const name of REGISTERED_METRICS) expect(registeredMetric(name)?.unit).toBeDefined();
  expect(registeredMetric('latency')).toMatchObject({ quantile: 0.99, rows: 'latency' });
  expect(registeredMetric('latency_p50')).toMatchObject({ quantile: 0.5, rows: 'latency' });
  expect(registeredMetric('cost')).toMatchObject({ quantile: null });
  expect(registeredMetric('event_purchase')).toMatchObject({ family: 'event', rows: 'event_purchase' });
});

it('any other name is not registered, and where it was let in it is a rubric’s', () => {
  for (const name of ['tone', 'constructor', '__proto__', 'toString', 'error_rate_p99', 'latency_p98']) {
    expect(registeredMetric(name)).toBeUndefined();
    expect(metricOrRubric(name)).toMatchObject({ family: 'score', better: 'higher', source: 'scores', rows: name });
  }
});

it('how often a metric applies is a rate of its rows that no document can name', () => {
  const name = appliesName('empathy');
  expect(appliesOf(name)).toBe('empathy');
  expect(appliesOf('empathy')).toBeNull();
  expect(registeredMetric(name)).toBeUndefined();
  expect(metricOrRubric(name)).toMatchObject({
    family: 'rate',
    better: 'higher',
    rows: 'empathy',
    isApplicability: true,
  });
  expect(metricOrRubric('empathy').isApplicability).toBe(false);
});
