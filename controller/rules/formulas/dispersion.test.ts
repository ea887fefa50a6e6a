import { describe, expect, it } from 'vitest';
import { dispersion, divisor, shareDivisor } from './dispersion.ts';
import { effectsOf, initialShiryaevRoberts, logShiryaevRoberts, stepShiryaevRoberts } from './shiryaev-roberts.ts';
import { rateIncrements } from './rate-ratio.ts';
import { binomial, mulberry32 } from './sampling.fixture.ts';

const buckets = (...counts: number[]): number[] => [...counts, ...Array.from({ length: 20 - counts.length }, () => 0)];

describe('dispersion', () => {
  it('is the sample variance over the mean', () => {
    // mean 2; squared deviations 10·4 + 10·4 = 80, /19
    const counts = Array.from({ length: 20 }, (_, i) => (i < 10 ? 0 : 4));
    expect(dispersion(counts)).toBeCloseTo(80 / 19 / 2, 12);
  });

  it('never raises evidence: even counts give 1', () => {
    expect(dispersion(Array.from({ length: 20 }, () => 7))).toBe(1);
  });

  it('is 1 where nothing can repeat', () => {
    expect(dispersion()).toBe(1);
    expect(dispersion([])).toBe(1);
    expect(dispersion(buckets())).toBe(1);
    expect(dispersion(buckets(1))).toBe(1);
    expect(dispersion(buckets(1, 1))).toBe(1);
  });

  it('sees a first burst: eight retries of one user are 8', () => {
    expect(dispersion(buckets(8))).toBeCloseTo(8, 12);
  });

  it('pools arms about their own means: a worse candidate is not dispersion', () => {
    const even = Array.from({ length: 20 }, (_, i) => 5 + (i % 2));
    const worse = even.map((n) => n * 3);
    expect(dispersion(even, worse)).toBe(1);
    expect(dispersion(buckets(2, 2, 2), buckets(6))).toBeCloseTo((dispersion(buckets(2, 2, 2)) + 6) / 2, 12);
    expect(dispersion(buckets(8), buckets())).toBeCloseTo(8, 12);
  });

  it('refuses what is no count, and a single bucket', () => {
    expect(() => dispersion(buckets(-1))).toThrow(RangeError);
    expect(() => dispersion(buckets(NaN))).toThrow(RangeError);
    expect(() => dispersion([3])).toThrow(/two buckets/);
  });

  it('averages about 1 on independent events, and about the repeats per event otherwise', () => {
    const random = mulberry32(3);
    const mean = (repeats: number): number => {
      let sum = 0;
      for (let run = 0; run < 300; run++)
        sum += dispersion(Array.from({ length: 20 }, () => repeats * binomial(random, 500, 0.02)));
      return sum / 300;
    };
    expect(mean(1)).toBeGreaterThan(1);
    expect(mean(1)).toBeLessThan(1.25);
    expect(mean(5)).toBeGreaterThan(4.5);
    expect(mean(5)).toBeLessThan(5.5);
  });
});

describe('the divisor', () => {
  it('is 1 where there is no more than chance would make, and 1.3 times what is beyond', () => {
    const one = Math.sqrt(2 / 19);
    expect(divisor()).toBe(1);
    expect(divisor(buckets(1, 1, 1))).toBe(1);
    expect(divisor(buckets(8))).toBeCloseTo(1 + 1.3 * (8 - 1 - one), 12);
  });

  it('slows independent events down by less than 4 %', () => {
    const random = mulberry32(4);
    const draw = (mean: number): number[] => Array.from({ length: 20 }, () => binomial(random, 500, mean / 500));
    const values = Array.from({ length: 500 }, () => divisor(draw(10), draw(1)));
    expect(values.reduce((a, b) => a + b, 0) / values.length).toBeLessThan(1.12);
    expect(values.toSorted((a, b) => a - b)[250]).toBeLessThan(1.04);
  });
});

describe('the divisor of shares', () => {
  const shares = (sizeOf: (bucket: number) => number, shareOf: (bucket: number) => number, random: () => number) => {
    const sizes = Array.from({ length: 20 }, (_, bucket) => sizeOf(bucket));
    const events = sizes.map((size, bucket) => binomial(random, size, shareOf(bucket)));
    return { events, others: sizes.map((size, bucket) => size - events[bucket]!) };
  };
  const meanOver = (draw: (random: () => number) => number): number => {
    const random = mulberry32(11);
    return Array.from({ length: 300 }, () => draw(random)).reduce((a, b) => a + b, 0) / 300;
  };

  it('is 1 without answers, and where all or none are events', () => {
    const all = Array.from({ length: 20 }, () => 5);
    expect(shareDivisor()).toBe(1);
    expect(shareDivisor({ events: [], others: [] })).toBe(1);
    expect(shareDivisor({ events: all, others: [] }, { events: [], others: all })).toBe(1);
  });

  it('is next to 1 for subjects who are alike, however unevenly they ask', () => {
    const uneven = (bucket: number): number => (bucket === 0 ? 2_000 : 20 + 10 * bucket);
    for (const p of [0.03, 0.5, 0.97])
      expect(meanOver((random) => shareDivisor(shares(uneven, () => p, random)))).toBeLessThan(1.15);
  });

  it('is large where a few buckets have a share of their own', () => {
    const own = (bucket: number): number => (bucket < 3 ? 0.9 : 0.4);
    expect(meanOver((random) => shareDivisor(shares(() => 100, own, random)))).toBeGreaterThan(8);
  });
});

const GRID = [1.5, 3].map((effect) => ({ effect, weight: 0.5 }));

it('sticky subjects of whom few fail often roll back an equal candidate at most as often as α, with the dispersion', () => {
  const random = mulberry32(5);
  const crossed = { without: 0, withPhi: 0 };
  const rollouts = 100;
  for (let i = 0; i < rollouts; i++) {
    // 2,000 subjects, 4 % of whom fail in 1 of 4 requests; 600 requests a minute, a fixed half of the subjects each.
    const failing = Array.from({ length: 80 }, () => ({
      bucket: Math.floor(random() * 20),
      candidate: random() < 0.5,
    }));
    const counts = { candidate: buckets(), baseline: buckets() };
    let state = initialShiryaevRoberts(GRID);
    const seen = { without: false, withPhi: false };
    for (let minute = 0; minute < 240; minute++) {
      const window = { candidateN: 300, candidateEvents: 0, baselineN: 300, baselineEvents: 0 };
      for (let left = binomial(random, 600, 0.01); left > 0; left--) {
        const subject = failing[Math.floor(random() * failing.length)];
        if (subject === undefined) continue;
        window[subject.candidate ? 'candidateEvents' : 'baselineEvents']++;
        const arm = counts[subject.candidate ? 'candidate' : 'baseline'];
        arm[subject.bucket] = (arm[subject.bucket] ?? 0) + 1;
      }
      const phi = divisor(counts.baseline, counts.candidate);
      state = stepShiryaevRoberts(state, rateIncrements(window, 1, effectsOf(GRID)), phi);
      seen.without ||= logShiryaevRoberts({ ...state, lateDivided: state.late }, GRID) >= Math.log(20);
      seen.withPhi ||= logShiryaevRoberts(state, GRID, phi) >= Math.log(20);
    }
    if (seen.without) crossed.without++;
    if (seen.withPhi) crossed.withPhi++;
  }
  expect(crossed.without).toBeGreaterThan(0.1 * rollouts);
  expect(crossed.withPhi).toBeLessThanOrEqual(0.05 * rollouts);
});
