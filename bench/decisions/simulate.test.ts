import { describe, expect, it } from 'vitest';
import { simulate, type Simulation } from './simulate.ts';

const simulation = (changes: Partial<Simulation>): Simulation => ({
  scenario: 'err-1-3',
  method: 'ours',
  rate: 600,
  rollouts: 12,
  seed: 1,
  metrics: 4,
  promotion: 'timer',
  share: 'all',
  ...changes,
});

describe('a simulation', () => {
  it('plays the controller itself: a threefold error rate is found in every rollout, before the second stage is over', () => {
    const summary = simulate(simulation({}));
    expect(summary.rollbackRate).toBe(1);
    expect(summary.medianMinutes).toBeLessThan(90);
    expect(summary.klRatio).toBeGreaterThan(0.5);
    expect(summary.meanHarm).toBeGreaterThan(0);
  });

  it('promotes what is as good when the plan is over', () => {
    const summary = simulate(simulation({ scenario: 'aa', metrics: 1, rollouts: 5 }));
    expect(summary.promotionRate + summary.rollbackRate).toBe(1);
    expect(summary.promotionRate).toBeGreaterThan(0.5);
    expect(summary.medianPromotionMinutes).toBe(330);
    expect([summary.klRatio, summary.boundMinutes]).toEqual([null, null]);
  });

  it.each(['prove', 'budget'] as const)('goes by %s, which promotes sooner than the plan', (promotion) => {
    const summary = simulate(simulation({ scenario: 'aa', promotion, rollouts: 4 }));
    expect(summary.medianPromotionMinutes).toBeLessThan(330);
  });

  it.each(['thresholds', 'flagger', 'kayenta', 'msprt'] as const)('plays %s on the same worlds', (method) => {
    const summary = simulate(simulation({ method }));
    expect(summary.rollbackRate).toBe(1);
    expect(summary.promotion).toBe('timer');
  });

  it('of a late regression counts from the change, and what was rolled back before apart', () => {
    const summary = simulate(simulation({ scenario: 'late', method: 'flagger', metrics: 1 }));
    expect(summary.earlyRate + summary.rollbackRate).toBe(1);
    expect(summary.earlyRate).toBeGreaterThan(0);
  });

  it('gives the same line for the same seed, and another for another', () => {
    const line = (seed: number): string => JSON.stringify(simulate(simulation({ method: 'kayenta', seed })));
    expect(line(3)).toBe(line(3));
    expect(line(4)).not.toBe(line(3));
  });
});
