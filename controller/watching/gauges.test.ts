import { describe, expect, it } from 'vitest';
import { GAUGE_STALE_MS, type GaugeValue } from '../../schemas/gauge.ts';
import { LimitSpec } from '../../schemas/limit-spec.ts';
import { checkGauge, gaugeViews, MAX_GAUGES, takeGauge } from './gauges.ts';

const NOW = 1_700_000_000_000;
const gpu = (value: number, more: Partial<GaugeValue> = {}): GaugeValue => ({
  agent: 'support',
  version: '',
  gauge: 'gpu',
  value,
  unit: '',
  by: 'ann',
  timeMs: NOW,
  problem: null,
  ...more,
});
const limit = (given: object): LimitSpec & { gauge: string } => ({
  ...LimitSpec.parse({ gauge: 'gpu', ...given }),
  gauge: 'gpu',
});
const check = (values: GaugeValue[], given: object = { max: 0.9 }, nowMs = NOW): ReturnType<typeof checkGauge> => {
  const gauges = new Map<string, GaugeValue>();
  for (const value of values) takeGauge(gauges, value);
  return checkGauge(gauges, limit(given), { agent: 'support', version: 'v2', nowMs });
};

describe('an outside gauge with a limit', () => {
  it('stops beyond it, and says value and limit', () => {
    expect(check([gpu(0.95, { unit: 'share' })])).toEqual({
      kind: 'broken',
      reason: 'gauge gpu: 0.95 share is above 0.9 (max 0.9); an absolute limit, no bounded error',
    });
    expect(check([gpu(1)], { min: 2 }).kind).toBe('broken');
    expect(check([gpu(0.9)]).kind).toBe('holds');
  });

  it('is the candidate’s own where there is one, else the agent’s; never another version’s or agent’s', () => {
    expect(check([gpu(0.95), gpu(0.5, { version: 'v2' })]).kind).toBe('holds');
    expect(check([gpu(0.95, { version: 'v1' }), gpu(0.95, { agent: 'other' })]).kind).toBe('stale');
  });

  it('is the latest by its own time: one that comes late, or twice, changes nothing', () => {
    expect(check([gpu(0.5), gpu(0.95, { timeMs: NOW - 1 }), gpu(0.5)]).kind).toBe('holds');
  });

  it('says neither yes nor no once it is stale, or where nobody has posted it', () => {
    expect(check([gpu(0.95)], { max: 0.9 }, NOW + GAUGE_STALE_MS).kind).toBe('broken');
    expect(check([gpu(0.95)], { max: 0.9 }, NOW + GAUGE_STALE_MS + 1_000)).toEqual({
      kind: 'stale',
      reason: 'no data: gpu was posted last 301 s ago',
    });
    const problem = 'the query gives 2 series; aggregate them to one';
    expect(check([gpu(0.95, { problem })]).kind).toBe('broken');
    expect(check([gpu(0.5, { problem, by: 'controller' })], { max: 0.9 }, NOW + GAUGE_STALE_MS + 1_000)).toEqual({
      kind: 'stale',
      reason: `no data: gpu was read last 301 s ago: ${problem}`,
    });
    expect(check([gpu(0, { timeMs: 0, problem })])).toEqual({
      kind: 'stale',
      reason: `no data: gpu could not be read: ${problem}`,
    });
    expect(check([gpu(0, { timeMs: 0, problem }), gpu(0.5)]).kind).toBe('holds');
    expect(check([])).toEqual({ kind: 'stale', reason: 'no data: nobody has posted gpu yet' });
  });
});

it('of gauges so many are kept, and known ones go on', () => {
  const gauges = new Map<string, GaugeValue>();
  for (let i = 0; i <= MAX_GAUGES; i++) takeGauge(gauges, gpu(i, { gauge: `g${i}` }));
  takeGauge(gauges, gpu(7, { gauge: 'g0', timeMs: NOW + 1 }));
  expect(gauges.size).toBe(MAX_GAUGES);
  expect(gaugeViews(gauges, 'support', NOW)[0]).toMatchObject({ gauge: 'g0', value: 7, isStale: false });
  expect(gaugeViews(gauges, 'other', NOW)).toEqual([]);
});
