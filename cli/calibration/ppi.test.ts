import { describe, expect, it } from 'vitest';
import type { Pair } from './agreement.ts';
import { momentsOf, NO_MOMENTS, ppiDifference, ppiMean, roganGladen, studentQuantile } from './ppi.ts';

/** mulberry32: the same numbers in every run. */
const randomOf = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

type World = { passShare: number; falsePositive: number; falseNegative: number };

/** People pass `passShare` of answers; the scorer sees it with the error rates given, and gives a value, not a verdict. */
const answer = (random: () => number, world: World): Pair => {
  const label = random() < world.passShare ? 1 : 0;
  const isWrong = random() < (label === 1 ? world.falseNegative : world.falsePositive);
  const verdict = isWrong ? 1 - label : label;
  return { label, score: verdict === 1 ? 0.6 + 0.4 * random() : 0.4 * random() };
};

const many = (count: number, random: () => number, world: World): Pair[] =>
  Array.from({ length: count }, () => answer(random, world));

const scoresOf = (pairs: readonly Pair[]): number[] => pairs.map(({ score }) => score);
const HIGHER = { threshold: 0.5, better: 'higher' } as const;
const covers = ({ lower, upper }: { lower: number | null; upper: number | null }, truth: number): boolean =>
  lower === null || upper === null || (lower <= truth && truth <= upper);
const width = ({ lower, upper }: { lower: number | null; upper: number | null }): number => (upper ?? 1) - (lower ?? 0);

const ROUNDS = 2_000;

/** How often the interval holds the truth, and how wide it and that of the labels alone are on average. */
const simulate = (world: World, labels: number, unlabelled: number, seed: number) => {
  const random = randomOf(seed);
  let [held, wide, wideAlone] = [0, 0, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const labelled = many(labels, random, world);
    const found = ppiMean({ labelled, unlabelled: momentsOf(scoresOf(many(unlabelled, random, world))) });
    held += covers(found, world.passShare) ? 1 : 0;
    wide += width(found) / ROUNDS;
    wideAlone += width(found.labelsOnly) / ROUNDS;
  }
  return { coverage: held / ROUNDS, narrower: 1 - wide / wideAlone };
};

const GOOD: World = { passShare: 0.8, falsePositive: 0.1, falseNegative: 0.05 };
const BIASED: World = { passShare: 0.6, falsePositive: 0.4, falseNegative: 0.02 };
const USELESS: World = { passShare: 0.7, falsePositive: 0.5, falseNegative: 0.5 };

describe('the prediction-powered mean', () => {
  it.each([
    ['a good judge, 50 labels', GOOD, 50, 0.25],
    ['a good judge, 200 labels', GOOD, 200, 0.2],
    ['a biased judge, 100 labels', BIASED, 100, 0.1],
  ])('of %s holds the truth about 95 times in 100 and is narrower than the labels alone', (_, world, labels, gain) => {
    const { coverage, narrower } = simulate(world, labels, 500, 1);
    expect(coverage).toBeGreaterThan(0.93);
    expect(coverage).toBeLessThan(0.975);
    expect(narrower).toBeGreaterThan(gain);
  });

  it('of a judge that guesses is hardly wider than the labels alone, and holds the truth', () => {
    const { coverage, narrower } = simulate(USELESS, 100, 500, 2);
    expect(coverage).toBeGreaterThan(0.93);
    expect(narrower).toBeGreaterThan(-0.02);
    expect(narrower).toBeLessThan(0.02);
  });

  it('is where people are, however biased the judge, and says how many labels it is worth', () => {
    const random = randomOf(3);
    const labelled = many(2_000, random, BIASED);
    const found = ppiMean({ labelled, unlabelled: momentsOf(scoresOf(many(20_000, random, BIASED))) });
    expect(found.mean).toBeCloseTo(0.6, 1);
    expect(found.effectiveLabels).toBeGreaterThan(2_500);
    expect(found.lambda).toBeGreaterThan(0.3);
    expect(found.naive).not.toBeCloseTo(found.mean!, 2);
  });

  it('equals the closed form on a case worked by hand', () => {
    const labelled = [
      { score: 0, label: 0 },
      { score: 1, label: 1 },
      { score: 1, label: 0 },
      { score: 1, label: 1 },
    ];
    const found = ppiMean({ labelled, unlabelled: momentsOf([1, 0, 1, 1]) });
    // cov = 1/6, var over all eight scores = 3/14, so λ = (1/6) / (2 · 3/14) = 7/18; θ = 7/18 · 3/4 + (1/2 − 7/18 · 3/4).
    expect(found.lambda).toBeCloseTo(7 / 18, 12);
    expect(found.mean).toBeCloseTo(0.5, 12);
    const residualVariance = (4 / 3) * (1 / 4) + (7 / 18) ** 2 / 4 - (2 * (7 / 18)) / 6;
    expect(found.standardError).toBeCloseTo(Math.sqrt(residualVariance / 4 + ((7 / 18) ** 2 * 0.25) / 4), 12);
  });

  it.each([
    ['no labels', []],
    ['one label', [{ score: 0.7, label: 1 }]],
    ['labels that are all equal', Array.from({ length: 40 }, (_, i) => ({ score: i / 40, label: 1 }))],
  ])('has no limits and no NaN with %s', (_, labelled) => {
    for (const unlabelled of [NO_MOMENTS, momentsOf([0.2, 0.4, 0.9])]) {
      const found = ppiMean({ labelled, unlabelled });
      expect([found.lower, found.upper, found.standardError, found.effectiveLabels]).toEqual([null, null, null, null]);
      expect(found.mean).toBe(labelled.length === 0 ? null : 1);
      expect(JSON.stringify(found)).toBe(
        JSON.stringify(found, (_key, value: unknown) => (Number.isNaN(value) ? 'NaN' : value)),
      );
    }
  });

  it('falls back to the labels alone where scores are all equal or there are no others', () => {
    const labelled = [0, 1, 1, 0, 1].map((label) => ({ score: 0.5, label }));
    for (const unlabelled of [NO_MOMENTS, momentsOf([0.5, 0.5])]) {
      const found = ppiMean({ labelled, unlabelled });
      expect(found).toMatchObject({
        lambda: 0,
        mean: found.labelsOnly.mean,
        lower: expect.closeTo(found.labelsOnly.lower!, 12),
      });
      expect(found.effectiveLabels).toBeCloseTo(5, 12);
    }
  });
});

describe('the difference of two arms', () => {
  it('holds the truth about 95 times in 100', () => {
    const random = randomOf(4);
    const worse: World = { ...GOOD, passShare: 0.7 };
    const arm = (world: World) =>
      ppiMean({ labelled: many(60, random, world), unlabelled: momentsOf(scoresOf(many(400, random, world))) });
    let held = 0;
    for (let round = 0; round < ROUNDS; round += 1) held += covers(ppiDifference(arm(worse), arm(GOOD)), -0.1) ? 1 : 0;
    expect(held / ROUNDS).toBeGreaterThan(0.93);
    expect(held / ROUNDS).toBeLessThan(0.975);
  });

  it('has no limits where an arm has none, and is null where an arm has no label', () => {
    const none = ppiMean({ labelled: [], unlabelled: NO_MOMENTS });
    const one = ppiMean({ labelled: [{ score: 1, label: 1 }], unlabelled: NO_MOMENTS });
    expect(ppiDifference(none, one)).toEqual({ mean: null, lower: null, upper: null });
    expect(ppiDifference(one, one)).toEqual({ mean: 0, lower: null, upper: null });
  });
});

describe('the mean of Rogan and Gladen', () => {
  it('undoes known error rates', () => {
    // Of 20 good 18 pass, of 10 bad 2: (0.6 − 0.2) / (0.9 − 0.2), where 60 % of all pass.
    const pairs = (count: number, score: number, label: number) =>
      Array.from({ length: count }, () => ({ score, label }));
    const labelled = [...pairs(18, 1, 1), ...pairs(2, 0, 1), ...pairs(2, 1, 0), ...pairs(8, 0, 0)];
    const found = roganGladen({ labelled, unlabelled: { count: 70, passed: 40 } }, HIGHER);
    expect(found.mean).toBeCloseTo(4 / 7, 12);
    expect(found.lower).toBeLessThan(4 / 7);
  });

  it('is null of a judge no better than chance, and without labels of both kinds', () => {
    const unlabelled = { count: 10, passed: 5 };
    const nothing = { mean: null, lower: null, upper: null };
    for (const labelled of [
      [],
      [{ score: 1, label: 1 }],
      [
        { score: 1, label: 0 },
        { score: 0, label: 1 },
      ],
    ])
      expect(roganGladen({ labelled, unlabelled }, HIGHER)).toEqual(nothing);
  });
});

describe('studentQuantile', () => {
  it.each([
    [1, 12.7062],
    [2, 4.30265],
    [3, 3.18245],
    [5, 2.57058],
    [10, 2.22814],
    [29, 2.04523],
  ])('agrees with the tables at %i degrees of freedom', (degrees, value) => {
    expect(Math.abs(studentQuantile(0.975, degrees) / value - 1)).toBeLessThan(0.002);
  });
});
