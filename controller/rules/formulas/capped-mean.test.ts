import { describe, expect, it } from 'vitest';
import { CAP_QUANTILE, cappedSum, excessIncrements, shortfallIncrements } from './capped-mean.ts';
import type { Bins } from '../../../schemas/sketch.ts';
import { quantileIndex } from './exceedance.ts';
import { pastOf } from './interval.ts';
import { logMeanExp } from './log-sum-exp.ts';
import { mulberry32 } from './sampling.fixture.ts';

const growth = 1.01 / 0.99;
const logGrowth = Math.log(growth);

describe('capped sums', () => {
  it('are of min(value, cap)/cap at upper edges', () => {
    const bins: Bins = [
      { index: 0, count: 2 },
      { index: 2, count: 1 },
      { index: 9, count: 1 },
    ];
    const sum = cappedSum(bins, 2, 2);
    expect(sum).toEqual({ n: 4, s1: 0.25 * 2 + 1 + 1, s2: (1 / 16) * 2 + 1 + 1 });
  });
});

/** Costs with a heavy tail and a level that drifts; ln E for "more than r times" and "less than r times" at each window. */
const run = (random: () => number, ratio: number, r: number, windows: number): { excess: number; short: number }[] => {
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const draw = (n: number, level: number): Bins => {
    const counts = new Map<number, number>();
    for (let i = 0; i < n; i++) {
      const index = Math.ceil((Math.log(level) + 0.8 * gauss()) / logGrowth);
      counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    return [...counts].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count }));
  };
  const effects = [0.05, 0.12, 0.3, 1];
  const shares = [0.5, 1].map((share) => share * (r - 1));
  let [excess, short] = [effects.map(() => 0), shares.map(() => 0)];
  let past: Bins = draw(300, 1);
  return Array.from({ length: windows }, (_, t) => {
    const level = 1 + 0.3 * Math.sin(t / 6);
    const [candidate, baseline] = [draw(t < 10 ? 20 : 100, ratio * level), draw(200, level)];
    const cap = quantileIndex(past, CAP_QUANTILE) ?? 0;
    const seen = cappedSum(past, cap, growth);
    const centre = pastOf(seen, seen.s1 / seen.n, 1 / 16);
    const window = {
      candidate: cappedSum(candidate, cap, growth),
      baseline: cappedSum(baseline, cap, growth),
    };
    const moments = { candidate: centre, baseline: centre };
    const [more, less] = [
      excessIncrements(window, moments, r, effects),
      shortfallIncrements(window, moments, r, shares),
    ];
    excess = excess.map((log, i) => log + (more[i] ?? NaN));
    short = short.map((log, i) => log + (less[i] ?? NaN));
    const all = new Map(past.map(({ index, count }) => [index, count]));
    for (const { index, count } of baseline) all.set(index, (all.get(index) ?? 0) + count);
    past = [...all].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count }));
    return { excess: logMeanExp(excess), short: logMeanExp(short) };
  });
};

describe('the capped mean', () => {
  it('finds a candidate that costs half as much again, and proves one that costs the same', () => {
    const random = mulberry32(81);
    expect(run(random, 1.5, 1.02, 40).at(-1)?.excess).toBeGreaterThan(Math.log(20));
    expect(run(random, 1, 1.5, 40).at(-1)?.short).toBeGreaterThan(Math.log(20));
  });

  it('errs in at most 5 % of 200 rollouts at the edge of either null, under drift and changing weights', () => {
    const random = mulberry32(83);
    const edge = Array.from({ length: 200 }, () => run(random, 1, 1, 40));
    expect(edge.filter((es) => Math.max(...es.map((e) => e.excess)) >= Math.log(20)).length).toBeLessThanOrEqual(10);
    expect(edge.filter((es) => Math.max(...es.map((e) => e.short)) >= Math.log(20)).length).toBeLessThanOrEqual(10);
  });

  it('says nothing with one arm', () => {
    const past = pastOf({ n: 9, s1: 1, s2: 0.5 }, 0.1, 0.1);
    const window = { candidate: { n: 0, s1: 0, s2: 0 }, baseline: { n: 5, s1: 1, s2: 1 } };
    expect(excessIncrements(window, { candidate: past, baseline: past }, 1.2, [0.1])).toEqual([0]);
    expect(shortfallIncrements(window, { candidate: past, baseline: past }, 1.2, [0.1])).toEqual([0]);
  });
});
