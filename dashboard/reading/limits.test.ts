import { describe, expect, it } from 'vitest';
import type { RolloutView } from '../../schemas/controller-api.ts';
import {
  boundText,
  gaugesOf,
  limitCountText,
  limitsByUrgency,
  limitStanding,
  limitText,
  stoppingLimit,
} from './limits.ts';

type Limit = RolloutView['limits'][number];
const limit = (more: Partial<Limit> = {}): Limit => ({
  of: 'metric',
  name: 'latency_p95',
  side: 'max',
  limit: 2,
  value: 1.5,
  count: 400,
  minRequests: 50,
  atMs: null,
  unit: '',
  standing: 'holds',
  ...more,
});
const gauge = limit({ of: 'gauge', name: 'gpu', limit: 0.9, value: 0.7, count: null, minRequests: null, atMs: 1 });

const underWay = { state: 'canary' as const, last: { metric: null } as RolloutView['last'] };
const stopped = (metric: string | null) => ({ state: 'rolled_back' as const, last: { ...underWay.last, metric } });

describe('a limit', () => {
  it('is written in the unit of what it is of', () => {
    expect(boundText(limit())).toBe('at most 2 s');
    expect(boundText(limit({ name: 'empathy', side: 'min', limit: 0.6 }))).toBe('at least 0.6');
    expect(boundText(limit({ name: 'hallucination', limit: 0.05 }))).toBe('at most 5 %');
    expect(boundText({ ...gauge, unit: '$ an hour' })).toBe('at most 0.9 $ an hour');
    expect(limitText(gauge, 0.71)).toBe('0.71');
  });

  it('says of how many values it is, and how many it takes while there are too few', () => {
    expect(limitCountText(limit())).toBe('400');
    expect(limitCountText(limit({ count: 20 }))).toBe('20 of 50');
    expect(limitCountText(limit({ count: null }))).toBe('takes 50');
    expect(limitCountText(gauge)).toBe('');
  });

  it.each([
    ['good', 'Holds', limit(), underWay],
    ['good', 'Held', limit(), stopped('error_rate')],
    ['wait', 'Waits for data', limit({ standing: 'waits' }), underWay],
    ['wait', 'No value yet', { ...gauge, standing: 'waits' as const }, underWay],
    ['warn', 'Stale', { ...gauge, standing: 'stale' as const }, underWay],
    ['bad', 'Beyond it', limit({ standing: 'broken' }), underWay],
    ['bad', 'Stopped it', limit({ standing: 'broken' }), stopped('latency_p95')],
    ['bad', 'Stopped it', { ...gauge, standing: 'broken' as const }, stopped('gpu')],
    ['calm', 'Not known', limit({ standing: null }), underWay],
  ])('stands %s: %s', (tone, word, of, rollout) => {
    expect(limitStanding(of, rollout)).toEqual({ tone, word });
  });

  it('that is broken comes first, and one that stopped the rollout is found', () => {
    const broken = limit({ name: 'cost', standing: 'broken' });
    const limits = [limit(), { ...gauge, standing: 'stale' as const }, broken];
    expect(limitsByUrgency(limits).map(({ name }) => name)).toEqual(['cost', 'gpu', 'latency_p95']);
    expect(stoppingLimit({ ...stopped('cost'), limits })).toBe(broken);
    expect(stoppingLimit({ ...stopped('latency_p95'), limits })).toBeUndefined();
    expect(stoppingLimit({ ...underWay, limits })).toBeUndefined();
  });
});

it('gauges of other versions than those that the rollout is about are left out', () => {
  const of = (version: string) => ({
    gauge: 'gpu',
    version,
    value: 1,
    unit: '',
    by: 'ann',
    timeMs: 1,
    isStale: false,
    problem: null,
  });
  const rollout = { gauges: ['', 'v1', 'v2', 'v0'].map(of), stable: 'v1', candidate: 'v2', arms: [] };
  expect(gaugesOf(rollout as unknown as RolloutView).map(({ version }) => version)).toEqual(['', 'v1', 'v2']);
});
