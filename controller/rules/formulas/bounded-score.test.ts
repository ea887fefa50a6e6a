import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkSum, psi } from './bernstein.ts';
import { addPast, boundedIncrements, logIncrement, moments, NO_PAST } from './bounded-score.ts';
import type { ScorePast, ScoreSum, ScoreWindow } from './bounded-score.ts';
import { logMeanExp } from './log-sum-exp.ts';
import { binomialPmf, mulberry32 } from './sampling.fixture.ts';

const VECTORS = '../shared/anchors/decision-vectors.json';
const n = z.number();
const Args = z.object({ nc: n, s1c: n, s2c: n, nb: n, s1b: n, s2b: n, m: n, lam: n });
type Args = z.infer<typeof Args>;
const Vectors = z.object({
  psi: z.array(z.tuple([n, n, n])),
  eb_two_sample: z.array(z.object({ args: Args, log: n })),
});

const increment = (a: Args): number =>
  logIncrement({
    candidate: { n: a.nc, s1: a.s1c, s2: a.s2c },
    baseline: { n: a.nb, s1: a.s1b, s2: a.s2b },
    m: a.m,
    lambda: a.lam,
    delta0: 0,
  });

describe('scores by their sums meet the published numbers', () => {
  it.each([
    [0.5, 1, 0.1931471805599453],
    [1, 0.2, 0.5785887828552423],
    [0.75, 0.8, 0.49420426855336747],
  ])('ψ at λ = %d, c = %d', (lambda, c, expected) => expect(psi(c, lambda)).toBeCloseTo(expected, 12));

  it.each([
    [0.2, 0.21690504183758896],
    [0.5, 0.43647304730811204],
    [1, 0.24576829596127847],
  ])('twenty scores an arm at λ = %d', (lam, expected) => {
    const args = { nc: 20, s1c: 15, s2c: 11.8, nb: 20, s1b: 16.2, s2b: 13.6, m: 0.8, lam };
    expect(increment(args)).toBeCloseTo(expected, 12);
  });

  it.skipIf(!existsSync(VECTORS))(`the whole vector file (skipped where ${VECTORS} is absent)`, () => {
    const v = Vectors.parse(JSON.parse(readFileSync(VECTORS, 'utf8')));
    for (const [lambda, c, expected] of v.psi) expect(psi(c, lambda)).toBeCloseTo(expected, 12);
    for (const { args, log } of v.eb_two_sample) expect(increment(args)).toBeCloseTo(log, 12);
  });
});

describe('ψ', () => {
  it('meets its series where they join, and λ²/2 at c = 0', () => {
    expect(psi(0.99999e-4, 1) / psi(1.00001e-4, 1)).toBeCloseTo(1, 8);
    expect(psi(0, 3)).toBe(4.5);
  });
  it('refuses cλ ≥ 1', () => expect(() => psi(0.5, 2)).toThrow(RangeError));
});

const sums = (values: readonly number[]): ScoreSum => ({
  n: values.length,
  s1: values.reduce((a, x) => a + x, 0),
  s2: values.reduce((a, x) => a + x * x, 0),
});

const EFFECTS = [0.01, 0.02, 0.04, 0.08];
type State = { logs: number[]; past: ScorePast };
const initialState = (): State => ({ logs: EFFECTS.map(() => 0), past: NO_PAST });
const step = ({ logs, past }: State, window: ScoreWindow): State => {
  const increments = boundedIncrements(window, moments(past), EFFECTS, 0);
  return { logs: logs.map((log, i) => log + (increments[i] ?? NaN)), past: addPast(past, window) };
};
const logE = (state: State): number => logMeanExp(state.logs);

describe('the expectation of a window is at most 1 for a candidate that is no worse than tolerated', () => {
  it('exactly, over every outcome of scores 0, 1/2 and 1, for arms of any sizes and any m', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const inner = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    const n = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(fc.record({ nc: n, nb: n, half: unit, one: unit, gain: unit, m: inner, cut: inner }), (x) => {
        // Baseline: ½ with chance `half`, else 1 with chance `one`, else 0. The candidate's mean is at most δ0 lower.
        const delta0 = 0.05;
        const baseline = { half: x.half, one: (1 - x.half) * x.one };
        const mean = baseline.half / 2 + baseline.one;
        const candidateMean = Math.max(0, mean - delta0) + x.gain * (1 - Math.max(0, mean - delta0));
        const candidate = { half: 0, one: candidateMean };
        const lambda = (0.95 * x.cut) / Math.max(1 - x.m, x.m);
        let total = 0;
        for (const c of outcomes(x.nc, candidate))
          for (const b of outcomes(x.nb, baseline))
            total += c.p * b.p * Math.exp(logIncrement({ candidate: c.sum, baseline: b.sum, m: x.m, lambda, delta0 }));
        expect(total).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  const outcomes = (n: number, { half, one }: { half: number; one: number }): { p: number; sum: ScoreSum }[] => {
    const list = [];
    for (let h = 0; h <= n; h++)
      for (let o = 0; o <= n - h; o++) {
        const p = binomialPmf(n, h, half) * binomialPmf(n - h, o, half < 1 ? Math.min(1, one / (1 - half)) : 0);
        list.push({ p, sum: { n, s1: h / 2 + o, s2: h / 4 + o } });
      }
    return list;
  };
});

describe('a rollout', () => {
  /** Scores in tenths about a drifting level; the candidate's fall by `fall`. */
  const run = (
    random: () => number,
    fall: number,
    windows: number,
    sizes: (t: number) => [number, number],
  ): number[] => {
    let state = initialState();
    return Array.from({ length: windows }, (_, t) => {
      const level = 0.75 + 0.1 * Math.sin(t / 7);
      const draw = (n: number, mean: number): ScoreSum =>
        sums(
          Array.from(
            { length: n },
            () => Math.floor(10 * Math.max(0, Math.min(0.99, mean + 0.4 * (random() - 0.5))) + random()) / 10,
          ),
        );
      const [nc, nb] = sizes(t);
      state = step(state, { candidate: draw(nc, level - fall), baseline: draw(nb, level) });
      return logE(state);
    });
  };
  const staged = (t: number): [number, number] => (t < 20 ? [3, 20] : t < 40 ? [20, 20] : [20, 3]);

  it('A/A under drift, with either arm the larger, keeps expectation at most 1 and crosses 20 in at most 5 %', () => {
    const random = mulberry32(23);
    const runs = Array.from({ length: 300 }, () => run(random, 0, 60, staged));
    for (const t of [5, 19, 39, 59]) {
      const values = runs.map((logEs) => Math.exp(logEs[t] ?? NaN));
      expect(values.reduce((a, b) => a + b, 0) / values.length).toBeLessThanOrEqual(1);
    }
    expect(runs.filter((logEs) => Math.max(...logEs) >= Math.log(20)).length).toBeLessThanOrEqual(15);
  });

  it('finds a fall of 0.06', () => {
    const random = mulberry32(29);
    const found = Array.from({ length: 20 }, () => run(random, 0.06, 60, () => [20, 20])).filter(
      (logEs) => Math.max(...logEs) >= Math.log(20),
    );
    expect(found.length).toBeGreaterThanOrEqual(19);
  });

  it('a better candidate gathers no evidence', () => {
    expect(run(mulberry32(31), -0.06, 40, () => [20, 20]).at(-1)).toBeLessThan(0);
  });
});

describe('a window with one arm', () => {
  it('adds no evidence', () => {
    const window = { candidate: sums([]), baseline: sums([1, 0.5]) };
    expect(boundedIncrements(window, { m: 0.5, v: 0.1 }, EFFECTS, 0)).toEqual([0, 0, 0, 0]);
  });
});

describe('a past without variance', () => {
  it('gives a finite, bounded loss when the baseline surprises', () => {
    let state = initialState();
    for (let i = 0; i < 1000; i++) state = step(state, { candidate: sums([1, 1]), baseline: sums([1, 1]) });
    const before = logE(state);
    state = step(state, { candidate: sums([1, 1]), baseline: sums([0, 1]) });
    expect(logE(state)).toBeGreaterThan(before - 10);
    expect(logE(state)).toBeLessThan(before);
  });
});

describe('sums that scores in [0, 1] can not have are refused', () => {
  it.each([
    ['a mean above 1', { n: 2, s1: 2.5, s2: 2.5 }],
    ['squares above the sum', { n: 2, s1: 1, s2: 1.5 }],
    ['less squares than the mean needs', { n: 2, s1: 2, s2: 1 }],
    ['a negative sum', { n: 2, s1: -1, s2: 1 }],
    ['no number', { n: 2, s1: NaN, s2: 1 }],
    ['scores of nobody', { n: 0, s1: 1, s2: 1 }],
  ])('%s', (_, candidate) => {
    expect(() => checkSum('candidate', candidate)).toThrow(/candidate sums/);
  });
});
