import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { createSharedWorld, JUDGE_SHARES, type JudgeShare, joined, thinned } from './judge-share.ts';
import { METRICS, SCENARIOS } from './scenarios.ts';
import { simulate } from './simulate.ts';
import type { ArmMinute, Minute } from './world.ts';

const minutes = (share: JudgeShare, n: number, seed = 1): Minute[] => {
  const world = createSharedWorld(SCENARIOS.aa, { rate: 600, metrics: METRICS, seed, share });
  return Array.from({ length: n }, (_, minute) => world(minute, 50));
};
const rateOf = (arms: readonly ArmMinute[]): number =>
  arms.reduce((sum, { failures }) => sum + failures, 0) / arms.reduce((sum, { answers }) => sum + answers, 0);
const scoredShare = ({ answers, spoken }: ArmMinute): number => answers / spoken!;

describe('a judge that scores a share', () => {
  it.each(JUDGE_SHARES.filter((share) => share !== 'all'))(
    '%s: leaves both arms the same share, and what it knows of the rest',
    (share) => {
      for (const { candidate, stable } of minutes(share, 60)) {
        expect(candidate.spoken).toBe(candidate.requests - candidate.errors);
        const noise = 6 * Math.sqrt(0.25 * (1 / candidate.spoken! + 1 / stable.spoken!));
        expect(Math.abs(scoredShare(candidate) - scoredShare(stable))).toBeLessThan(noise);
        expect(candidate.failureBuckets.reduce((sum, n) => sum + n, 0)).toBe(candidate.failures);
      }
    },
  );

  it('thins whatever the answer is: failures and scores keep their means', () => {
    const random = mulberry32(3);
    const all = minutes('all', 400).map(({ stable }) => stable);
    const some = all.map((arm) => thinned(random, arm, 0.2));
    expect(rateOf(some)).toBeCloseTo(rateOf(all), 2);
    expect(some.every(({ quality, answers }) => quality.length === Math.min(20, answers))).toBe(true);
  });

  it('joins halves into a minute with scores of both, as many as they have', () => {
    const [a, b] = minutes('all', 2).map(({ stable }) => stable);
    const both = joined(
      mulberry32(1),
      { ...a!, quality: a!.quality.map(() => 0) },
      { ...b!, quality: b!.quality.map(() => 1) },
    );
    expect(both.answers).toBe(a!.answers + b!.answers);
    expect(both.quality).toHaveLength(20);
    expect(new Set(both.quality)).toEqual(new Set([0, 1]));
  });

  it('steps through its shares, and scores a tenth unless the candidate looked worse where it is adverse', () => {
    const shares = minutes('steps', 28).map(({ stable }) => scoredShare(stable));
    expect(shares[0]).toBe(1);
    expect(shares[27]).toBeLessThan(0.1);
    const adverse = minutes('adverse', 200).map(({ stable }) => scoredShare(stable));
    expect(adverse.filter((share) => share === 1).length).toBeGreaterThan(20);
    expect(adverse.filter((share) => share < 0.2).length).toBeGreaterThan(20);
  });
});

describe('decisions on a share', () => {
  it.each(['adverse', 'within'] as const)(
    '%s: seldom roll back what is as good',
    (share) => {
      const summary = simulate({
        scenario: 'aa',
        method: 'ours',
        rate: 600,
        rollouts: 24,
        seed: 5,
        metrics: 2,
        promotion: 'timer',
        share,
      });
      expect(summary.rollbackRate).toBeLessThan(0.05);
    },
    60_000,
  );

  it('find what is worse, only later', () => {
    const found = (share: JudgeShare) =>
      simulate({
        scenario: 'success-95-90',
        method: 'ours',
        rate: 600,
        rollouts: 12,
        seed: 1,
        metrics: 2,
        promotion: 'timer',
        share,
      });
    const [all, steps] = [found('all'), found('steps')];
    expect([all.rollbackRate, steps.rollbackRate]).toEqual([1, 1]);
    expect(steps.medianMinutes!).toBeGreaterThanOrEqual(all.medianMinutes!);
  }, 60_000);
});
