import { describe, expect, it } from 'vitest';
import { proofBound } from './information-bound.fixture.ts';
import { initialProof, stepProof } from './rate-proof.ts';
import type { RateWindow } from './rate-ratio.ts';
import { binomial, mulberry32 } from './sampling.fixture.ts';

type Rates = { pc: number; pb: number };
const NONE: RateWindow = { candidateN: 0, candidateEvents: 0, baselineN: 0, baselineEvents: 0 };
const sum = (a: RateWindow, b: RateWindow): RateWindow => ({
  candidateN: a.candidateN + b.candidateN,
  candidateEvents: a.candidateEvents + b.candidateEvents,
  baselineN: a.baselineN + b.baselineN,
  baselineEvents: a.baselineEvents + b.baselineEvents,
});

/** Candidate requests until ln E ≥ ln 20; Infinity if never. */
const run = (
  random: () => number,
  rates: (t: number) => Rates,
  options: { rMax: number; rateFloor: number },
  windows = 400,
): number => {
  let [state, past] = [initialProof(), NONE];
  for (let t = 0; t < windows; t++) {
    const candidateN = binomial(random, 600, 0.1);
    const { pc, pb } = rates(t);
    const window = {
      candidateN,
      candidateEvents: binomial(random, candidateN, pc),
      baselineN: 600 - candidateN,
      baselineEvents: binomial(random, 600 - candidateN, pb),
    };
    state = stepProof(state, window, past, options);
    past = sum(past, window);
    if (state.logE >= Math.log(20)) return past.candidateN;
  }
  return Infinity;
};
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
const runs = (n: number, one: () => number): number[] => Array.from({ length: n }, one);

describe('proof that a rate is good enough', () => {
  it('needs little more candidate requests than the bound, by the ratio', () => {
    const random = mulberry32(61);
    const needed = runs(100, () => run(random, () => ({ pc: 0.02, pb: 0.02 }), { rMax: 2, rateFloor: 0 }));
    expect(median(needed)).toBeLessThan(1.4 * proofBound(0.02, 2, 0.05));
  });

  it('comes without any event at all, by the floor', () => {
    expect(run(mulberry32(1), () => ({ pc: 0, pb: 0 }), { rMax: 2, rateFloor: 0.005 })).toBeLessThan(900);
    expect(run(mulberry32(1), () => ({ pc: 0, pb: 0 }), { rMax: 2, rateFloor: 0 })).toBe(Infinity);
  });

  it('takes whichever of the two is quicker, at no cost worth speaking of', () => {
    const random = mulberry32(63);
    const ratio = runs(60, () => run(random, () => ({ pc: 0.02, pb: 0.02 }), { rMax: 2, rateFloor: 0 }));
    const both = runs(60, () => run(random, () => ({ pc: 0.02, pb: 0.02 }), { rMax: 2, rateFloor: 0.005 }));
    expect(median(both)).toBeLessThan(1.25 * median(ratio));
  });

  it('is given to at most 5 % of candidates that are as bad as must not be, under drift', () => {
    const random = mulberry32(67);
    const level = (t: number): number => 0.01 * 2 ** Math.sin(t / 15);
    const options = { rMax: 2, rateFloor: 0.005 };
    const wrong = runs(300, () => run(random, (t) => ({ pc: 2 * level(t), pb: level(t) }), options, 200)).filter(
      Number.isFinite,
    );
    expect(wrong.length).toBeLessThanOrEqual(15);
    const floor = runs(300, () => run(random, () => ({ pc: 0.005, pb: 0.0025 }), options, 200));
    expect(floor.filter(Number.isFinite).length).toBeLessThanOrEqual(15);
  });
});
