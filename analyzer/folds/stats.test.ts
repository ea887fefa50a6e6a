import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowStats } from '../../schemas/window.ts';
import type { Contribution, Observed } from '../rows/contribution.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { addAccepted, addObserved, closeStats, emptyRow, isValid, itemId, mergeStats, reopenStats } from './stats.ts';

/** One answer's value of a metric. */
type Value = { metric: string; whose: Pick<Contribution, 'kind' | 'subjectBucket' | 'exchangeId'>; observed: Observed };
type Said = { status: 'scored'; value: number; delta: number | null } | { status: 'error' | 'not_applicable' };

type To = NonNullable<Observed['notApplicableTo']>;
/** A score of an answer, with what it says of applying. */
const lookedAt = (said: Said, to: To, over: Partial<Value['whose']> = {}): Value => {
  const value = valueOf('tool_validity', said, over);
  return { ...value, observed: { ...value.observed, notApplicableTo: to } };
};

const valueOf = (metric: string, said: Said, over: Partial<Value['whose']> = {}): Value => ({
  metric,
  whose: { kind: 'live', subjectBucket: 3, exchangeId: 'e1', ...over },
  observed: { metric, ...said },
});
const scored = (value: number, delta: number | null = null): Said => ({ status: 'scored', value, delta });

const statsOf = (values: readonly Value[], whole = true): WindowStats => {
  const row = emptyRow(metricOrRubric(values[0]?.metric ?? 'empathy'));
  for (const { whose, observed } of values)
    addObserved(
      row,
      { ...whose, itemId: () => itemId(whose.exchangeId) },
      observed,
      isValid(row, whose, observed),
      whole,
    );
  return closeStats(row.stats);
};

describe('a row of a rate', () => {
  it.each([
    ['error_rate', 1, 1],
    ['error_rate', 0, 0],
    ['task_success', 0, 1],
    ['task_success', 1, 0],
  ])('%s of %d has %d bad in the subject’s bucket', (metric, value, bad) => {
    const stats = statsOf([valueOf(metric, scored(value))]);
    expect(stats.buckets).toEqual(Array.from({ length: 20 }, (_, bucket) => (bucket === 3 ? bad : 0)));
    expect(stats).toMatchObject({ count: 1, sumMicro: value * 1e6, items: [], bins: [] });
  });

  it.each([0.5, 2, -1])('takes %d for no rate', (value) => {
    expect(statsOf([valueOf('error_rate', scored(value))])).toMatchObject({ count: 0, errors: 1 });
  });
});

describe('a row of a score', () => {
  it('keeps the 64 items with the smallest ids, in order, whatever the order they came in', () => {
    const all = Array.from({ length: 200 }, (_, i) => valueOf('empathy', scored(i / 200), { exchangeId: `e${i}` }));
    const stats = statsOf(all);
    const ids = all.map((c) => itemId(c.whose.exchangeId)).sort();
    expect(stats.items.map(({ id }) => id)).toEqual(ids.slice(0, 64));
    expect(statsOf(all.toReversed())).toEqual(stats);
    expect(stats.count).toBe(200);
  });

  it('counts errors and what does not apply apart from values', () => {
    const stats = statsOf([
      valueOf('empathy', { status: 'error' }),
      valueOf('empathy', { status: 'not_applicable' }),
      valueOf('empathy', scored(0.5)),
    ]);
    expect(stats).toMatchObject({ count: 1, errors: 1, notApplicable: 1, sumMicro: 500_000, sumSqMicro: 250_000 });
  });
});

describe('a pair of scores', () => {
  it('is worse or better by more than the margin of its metric alone, 0 unless it has one', () => {
    const pair = (metric: string, value: number, live: number): Value =>
      valueOf(metric, scored(value, value - live), { kind: 'shadow' });
    const signs = (...values: Value[]) => {
      const { worse, better, count } = statsOf(values);
      return { worse, better, count };
    };
    expect(signs(pair('empathy', 0.8, 1), pair('empathy', 1, 0.8))).toEqual({ worse: 0, better: 0, count: 2 });
    expect(signs(pair('empathy', 0.4, 1), pair('empathy', 1, 0.6))).toEqual({ worse: 1, better: 1, count: 2 });
    expect(signs(pair('tone', 0.8, 0.81), pair('tone', 0.81, 0.8))).toEqual({ worse: 1, better: 1, count: 2 });
  });
});

describe('a row of events', () => {
  it('has sums of either sign, bins of what is above 0, and all of them by subject bucket', () => {
    const stats = statsOf([49.9, -5, 0, 49.9].map((value) => valueOf('event_sale', scored(value))));
    expect(stats).toMatchObject({ count: 4, sumMicro: 94_800_000, minMicro: -5_000_000, maxMicro: 49_900_000 });
    expect(stats.bins.map(({ count }) => count)).toEqual([2]);
    expect(stats.buckets[3]).toBe(4);
    expect(stats.items).toEqual([]);
  });

  it('takes an event without a subject bucket for broken', () => {
    const lost = valueOf('event_sale', scored(1), { subjectBucket: 99 });
    expect(statsOf([lost])).toMatchObject({ count: 0, errors: 1 });
  });
});

describe('a row of a measure', () => {
  it('has a sketch’s bins in order', () => {
    const stats = statsOf([3, 0.001, 3, 0].map((value) => valueOf('latency', scored(value))));
    expect(stats.bins.map(({ count }) => count)).toEqual([1, 1, 2]);
    expect(stats).toMatchObject({ count: 4, minMicro: 0, maxMicro: 3_000_000 });
  });

  it('takes a negative value for broken', () => {
    expect(statsOf([valueOf('latency', scored(-1))])).toMatchObject({ count: 0, errors: 1 });
  });
});

it('a slice has counts, sums and buckets only', () => {
  expect(statsOf([valueOf('latency', scored(2))], false)).toMatchObject({ count: 1, minMicro: null, bins: [] });
  expect(statsOf([valueOf('empathy', scored(1))], false)).toMatchObject({ count: 1, items: [] });
  expect(statsOf([valueOf('error_rate', scored(1))], false).buckets[3]).toBe(1);
});

describe('a shadow’s row', () => {
  it.each([
    ['tone', -0.1, 1, 0],
    ['tone', 0.1, 0, 1],
    ['latency', 0.1, 1, 0],
    ['latency', -0.1, 0, 1],
    ['latency', 0, 0, 0],
  ])('of %s with delta %d has worse %d and better %d', (metric, delta, worse, better) => {
    const stats = statsOf([valueOf(metric, scored(0.5, delta), { kind: 'shadow' })]);
    expect(stats).toMatchObject({ count: 1, worse, better, items: [], bins: [] });
  });

  it('takes a value without a live one for an error, not for a tie', () => {
    expect(statsOf([valueOf('empathy', scored(0.5), { kind: 'noise' })])).toMatchObject({ count: 0, errors: 1 });
  });
});

describe('the answers that were looked at', () => {
  const NOT: Said = { status: 'not_applicable' };
  const inBucket = (count: number): number[] => Array.from({ length: 20 }, (_, bucket) => (bucket === 3 ? count : 0));

  it('are counted by whether the metric applies to them, in their subjects’ buckets, in slices too', () => {
    const values = [lookedAt(scored(1), ''), lookedAt(scored(0), ''), lookedAt(NOT, 'this')];
    for (const whole of [true, false])
      expect(statsOf(values, whole)).toMatchObject({
        applied: inBucket(2),
        notApplied: inBucket(1),
        lost: 0,
        gained: 0,
      });
  });

  it('are none of those that were not there, failed to be scored, or are no score', () => {
    const values = [
      lookedAt(NOT, ''),
      lookedAt({ status: 'error' }, ''),
      lookedAt(scored(7), ''),
      valueOf('tool_validity', scored(1)),
    ];
    expect(statsOf(values)).toMatchObject({ notApplicable: 1, applied: [], notApplied: [] });
  });

  it('are of pairs lost or gained where it applies to one side alone', () => {
    const shadow = { kind: 'shadow' } as const;
    const pairs: [Said, To][] = [
      [scored(1, 0), ''],
      [NOT, 'this'],
      [NOT, 'this'],
      [NOT, 'live'],
      [NOT, 'both'],
      [NOT, ''],
    ];
    const stats = statsOf(pairs.map(([said, to]) => lookedAt(said, to, shadow)));
    expect(stats).toMatchObject({ count: 1, applied: inBucket(2), notApplied: inBucket(3), lost: 2, gained: 1 });
  });

  it('merge like one fold over all', () => {
    const values = [
      lookedAt(scored(1), ''),
      lookedAt(NOT, 'this', { kind: 'shadow' }),
      lookedAt(NOT, 'live', { kind: 'shadow' }),
    ];
    const [first, ...rest] = values.map((value) => statsOf([value]));
    expect(rest.reduce(mergeStats, first!)).toEqual(statsOf(values));
  });
});

it('sums stand still at the largest safe integer', () => {
  const stats = statsOf(Array.from({ length: 20 }, () => valueOf('latency', scored(1e9))));
  expect(stats.sumMicro).toBe(Number.MAX_SAFE_INTEGER);
  expect(stats.sumSqMicro).toBe(Number.MAX_SAFE_INTEGER);
  expect(statsOf([valueOf('latency', scored(1.1e9))])).toMatchObject({ count: 0, errors: 1 });
});

it('accepted requests count one each, and dropped ones are errors', () => {
  const { stats } = emptyRow(metricOrRubric('accepted'));
  addAccepted(stats, 7, 2);
  expect(closeStats(stats)).toMatchObject({ count: 7, sumMicro: 7_000_000, sumSqMicro: 7_000_000, errors: 2 });
});

describe('merging', () => {
  const value = fc.double({ min: 0, max: 5_000, noNaN: true });
  const one = fc.record({ value, id: fc.integer({ min: 0, max: 500 }) });
  const setOf = (metric: string) =>
    fc
      .array(one, { maxLength: 90 })
      .map((all) => statsOf(all.map(({ value, id }) => valueOf(metric, scored(value), { exchangeId: `e${id}` }))));

  it.each(['latency', 'empathy'])('%s commutes, associates, and equals one fold over all', (metric) => {
    fc.assert(
      fc.property(setOf(metric), setOf(metric), setOf(metric), (a, b, c) => {
        expect(mergeStats(a, b)).toEqual(mergeStats(b, a));
        expect(mergeStats(mergeStats(a, b), c)).toEqual(mergeStats(a, mergeStats(b, c)));
        expect(mergeStats(a, statsOf([]))).toEqual(a);
        expect(closeStats(reopenStats(a))).toEqual(a);
      }),
      { numRuns: 50 },
    );
    const all = Array.from({ length: 150 }, (_, i) => valueOf(metric, scored(i / 7), { exchangeId: `e${i}` }));
    expect(mergeStats(statsOf(all.slice(0, 70)), statsOf(all.slice(70)))).toEqual(statsOf(all));
  });
});
