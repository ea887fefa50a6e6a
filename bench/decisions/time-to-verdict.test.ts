import { describe, expect, it } from 'vitest';
import { createDefaultRandom, createSplits, defaultRowsOf } from './default-world.ts';
import { startedAgent } from './ours.ts';
import { type PromotionCell, playPromotion, windowMinutes } from './promotion-times.ts';
import { MetricSpec } from '../../schemas/metric-spec.ts';
import type { TimeToVerdict } from '../../schemas/time-to-verdict.ts';
import { NO_TRAFFIC, type RecentTraffic, stepTraffic } from '../../controller/evidence/recent-traffic.ts';
import { noEvidence } from '../../controller/evidence/rollout-evidence.ts';
import type { Run } from '../../controller/rollout/run.ts';
import { isCanary } from '../../controller/rollout/strategy.ts';
import { timeToVerdict, WITHIN } from '../../controller/verdict/time-to-verdict.ts';

const WINDOWS = 400;
const ROLLOUTS = 40;
const START = { stage: 0, elapsedMs: 0, weightPct: 5, stageRequests: 0 };

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What the analyzer would have told of stable's traffic before the rollout. */
const trafficOf = ({ requestsPerMinute, stableBad }: PromotionCell, seed: number): RecentTraffic => {
  const minutes = windowMinutes(requestsPerMinute);
  const random = createDefaultRandom(seed);
  const splitOf = createSplits(requestsPerMinute * minutes, random);
  const rowsOf = defaultRowsOf({ stable: stableBad, candidate: stableBad }, random, 60_000 * minutes);
  const { routing } = startedAgent(null, 'budget');
  const view = { ...routing!, arms: [{ ...routing!.arms[0]!, name: 'stable', weight: 100 }] };
  let traffic = NO_TRAFFIC;
  for (let i = 0; i < WINDOWS; i++)
    traffic = stepTraffic(traffic, rowsOf(splitOf(0), view, 1_700_000_000_000 + 60_000 * minutes * i));
  return traffic;
};

const toldFor = (
  promotion: PromotionCell['promotion'],
  traffic: RecentTraffic,
  change: (spec: Run['spec']) => Run['spec'] = (spec) => spec,
): TimeToVerdict => {
  const spec = change(startedAgent(null, promotion).run!.spec);
  if (!isCanary(spec)) throw new Error('no canary');
  return timeToVerdict(spec, START, noEvidence(spec), traffic);
};

describe('the time that is told for a candidate as good as stable', { timeout: 60_000 }, () => {
  it('is enough for four of five promotions, and no guess so careful that it says nothing', () => {
    const cells: PromotionCell[] = [
      { promotion: 'budget', requestsPerMinute: 40, stableBad: 0 },
      { promotion: 'budget', requestsPerMinute: 40, stableBad: 0.01 },
      { promotion: 'budget', requestsPerMinute: 600, stableBad: 0.001 },
      { promotion: 'prove', requestsPerMinute: 600, stableBad: 0.01 },
    ];
    const shares = cells.map((cell) => {
      const told = [1, 2, 3, 4].map((seed) => toldFor(cell.promotion, trafficOf(cell, seed)).minutes ?? Infinity);
      const minutes = Array.from({ length: ROLLOUTS }, (_, rollout) => playPromotion(cell, 8, rollout))
        .flatMap((played) => (played.how === 'promoted' ? [played.minutes] : []))
        .toSorted((a, b) => a - b);
      expect(Math.min(...told)).toBeLessThan(3 * minutes[Math.floor(minutes.length / 2)]!);
      return mean(told.map((limit) => minutes.filter((one) => one <= limit).length / minutes.length));
    });
    expect(mean(shares)).toBeGreaterThanOrEqual(WITHIN);
    // One cell's share has a standard error of 0.06.
    expect(Math.min(...shares)).toBeGreaterThan(WITHIN - 0.13);
  });

  it('of planned stages is their time, and that in which each has its requests', () => {
    const cell: PromotionCell = { promotion: 'timer', requestsPerMinute: 10, stableBad: 0.001 };
    const told = toldFor('timer', trafficOf(cell, 1));
    expect(told.metrics).toEqual([]);
    expect(Math.abs(told.minutes! - playPromotion(cell, 8, 1).minutes)).toBeLessThan(60);
  });

  it('names what is open, the slowest first, and by which share of the answers it is seen', () => {
    const { metrics, minutes, requestsPerMinute } = toldFor(
      'budget',
      trafficOf({ promotion: 'budget', requestsPerMinute: 10, stableBad: 0.01 }, 1),
    );
    expect(requestsPerMinute).toBeCloseTo(10, 1);
    expect(metrics.map(({ metric }) => metric)).toHaveLength(9);
    expect(metrics.find(({ metric }) => metric === 'tool_validity')!.applies).toBeCloseTo(0.3, 1);
    expect(metrics.map((one) => one.minutes!)).toEqual(metrics.map((one) => one.minutes!).toSorted((a, b) => b - a));
    expect(minutes!).toBeGreaterThanOrEqual(metrics[0]!.minutes!);
  });

  it('offers the one tolerance that would bring it within a day', () => {
    const traffic = trafficOf({ promotion: 'budget', requestsPerMinute: 10, stableBad: 0 }, 1);
    const strict = (spec: Run['spec']): Run['spec'] => {
      if (!isCanary(spec)) return spec;
      return { ...spec, metrics: [MetricSpec.parse({ name: 'error_rate', rateFloor: 0.0005 })] };
    };
    const told = toldFor('budget', traffic, strict);
    expect(told.minutes!).toBeGreaterThan(1_440);
    expect(told.instead).toMatchObject({ metric: 'error_rate', field: 'rateFloor' });
    expect(told.instead!.value).toBeGreaterThan(0.0005);
    expect(told.instead!.minutes).toBeLessThanOrEqual(1_440);
  });

  it('is less the smaller the confidence that is asked for: it reads what a rollout is held against', () => {
    const traffic = trafficOf({ promotion: 'budget', requestsPerMinute: 40, stableBad: 0.001 }, 1);
    const withAlpha = (alpha: number): number =>
      toldFor('budget', traffic, (spec) => (isCanary(spec) ? { ...spec, alpha } : spec)).requests!;
    expect(withAlpha(0.2)).toBeLessThan(withAlpha(0.05));
    expect(withAlpha(0.05)).toBeLessThan(withAlpha(0.005));
  });

  it('is told in requests alone before any traffic was seen', () => {
    const told = toldFor('budget', NO_TRAFFIC);
    expect(told).toMatchObject({ requestsPerMinute: null, minutes: null, instead: null });
    expect(told.requests!).toBeGreaterThan(500);
    expect(told.requests!).toBeLessThan(20_000);
  });
});
