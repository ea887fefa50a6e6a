import { describe, expect, it } from 'vitest';
import type { GaugeValue } from '../../schemas/gauge.ts';
import { ScrapedGauges } from '../../schemas/scraped-gauge.ts';
import { readGauge } from './scraped-gauges.ts';

const NOW = 1_700_000_000_000;
const GPU = { name: 'gpu', unit: 'share', prometheus: { endpoint: 'prom', query: 'avg(gpu)' } };
const [gauge] = ScrapedGauges.parse([GPU]);
const answer = (data: object, status = 200) => ({ status, text: JSON.stringify({ status: 'success', data }) });
const vector = (...values: string[]) =>
  answer({ resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) });
const read = (of: Parameters<typeof readGauge>[2], before?: GaugeValue, nowMs = NOW) =>
  readGauge('support', gauge!, of, { before, nowMs });

describe('a gauge that is read from Prometheus', () => {
  it('is the number that its query gives, under the same key as a posted one', () => {
    const value = { agent: 'support', version: '', gauge: 'gpu', unit: 'share', by: 'controller', timeMs: NOW };
    expect(read(vector('0.71'))).toEqual({ ...value, value: 0.71, problem: null });
    expect(read(answer({ resultType: 'scalar', result: [1, '2'] }))).toMatchObject({ value: 2 });
  });

  it.each([
    [vector(), 'the query gives no series: there are no data'],
    [vector('1', '2'), 'the query gives 2 series; aggregate them to one'],
    [vector('NaN'), 'the query gives NaN, which is no number to hold against anything'],
    [{ status: 422, text: '{"status":"error","error":"bad query"}' }, 'Prometheus answered 422: bad query'],
    [{ failure: 'connect ECONNREFUSED 127.0.0.1:1' }, 'connect ECONNREFUSED 127.0.0.1:1'],
  ])('that gives none keeps the value and the time that it had, and says why: %j', (given, problem) => {
    expect(read(given)).toMatchObject({ timeMs: 0, problem });
    const before = read(vector('0.71'))!;
    const failed = read(given, before, NOW + 60_000);
    expect(failed).toEqual({ ...before, problem });
    expect(read(given, failed!, NOW + 120_000)).toBeNull();
    expect(read(vector('0.8'), failed!, NOW + 180_000)).toMatchObject({ value: 0.8, problem: null });
  });
});

it('a document reads a gauge each minute, not so seldom that one failure makes it stale, and each once', () => {
  expect(gauge).toMatchObject({ every: 60_000, unit: 'share' });
  for (const every of ['9s', '151s']) expect(() => ScrapedGauges.parse([{ ...GPU, every }])).toThrow('10s to 150s');
  expect(() => ScrapedGauges.parse([GPU, GPU])).toThrow('two gauges of one name');
  expect(ScrapedGauges.parse([GPU, { ...GPU, version: 'v2' }])).toHaveLength(2);
  const address = { endpoint: 'http://169.254.169.254/', query: 'up' };
  expect(() => ScrapedGauges.parse([{ ...GPU, prometheus: address }])).toThrow();
});
