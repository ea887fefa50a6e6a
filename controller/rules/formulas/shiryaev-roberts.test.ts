import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  divided,
  effectsOf,
  fadingStarts,
  initialShiryaevRoberts,
  type ShiryaevRoberts,
  type Starts,
  logShiryaevRoberts,
  STARTS,
  stepShiryaevRoberts,
} from './shiryaev-roberts.ts';
import { rateIncrements } from './rate-ratio.ts';
import { binomial, mulberry32 } from './sampling.fixture.ts';

/** `first` at the start, the rest evenly over `windows − 1` more: for a horizon that is known. */
const evenStarts = (first: number, windows: number): Starts => ({
  at: (t) => (t === 0 ? first : t < windows ? (1 - first) / (windows - 1) : 0),
  after: (t) => (1 - first) * Math.max(0, 1 - t / (windows - 1)),
});

const VECTORS = '../shared/anchors/decision-vectors.json';
const four = z.tuple([z.number(), z.number(), z.number(), z.number()]);
const Vectors = z.object({
  rr_eprocess: z.object({
    grid: z.array(z.number()),
    windows: z.array(four),
    out: z.array(z.object({ E_cp: z.number() })),
  }),
});
const GRID = [1.2, 1.5, 2, 3, 6].map((effect) => ({ effect, weight: 0.2 }));
const windowOf = ([candidateN, baselineN, candidateEvents, baselineEvents]: z.infer<typeof four>) => ({
  candidateN,
  baselineN,
  candidateEvents,
  baselineEvents,
});

describe('Shiryaev–Roberts meets the published numbers', () => {
  const starts = evenStarts(0.5, 210);
  const run = (windows: z.infer<typeof four>[]): number[] => {
    let state = initialShiryaevRoberts(GRID);
    return windows.map((window) => {
      state = stepShiryaevRoberts(state, rateIncrements(windowOf(window), 1, effectsOf(GRID)), 1, starts);
      return Math.exp(logShiryaevRoberts(state, GRID, 1, starts));
    });
  };

  it('six windows at changing weights, π_0 = ½ and the rest even over 210 windows', () => {
    const es = run([
      [30, 570, 1, 6],
      [28, 560, 2, 5],
      [33, 590, 1, 4],
      [31, 540, 2, 7],
      [150, 450, 5, 5],
      [149, 460, 6, 4],
    ]);
    const expected = [
      1.1600287733226053, 3.0575608213134076, 4.848819570734119, 15.458429986793842, 45.95693372623364,
      606.5908605720844,
    ];
    es.forEach((e, i) => expect(e / (expected[i] ?? NaN)).toBeCloseTo(1, 10));
  });

  it.skipIf(!existsSync(VECTORS))(`the whole vector file (skipped where ${VECTORS} is absent)`, () => {
    const { rr_eprocess: v } = Vectors.parse(JSON.parse(readFileSync(VECTORS, 'utf8')));
    run(v.windows).forEach((e, i) => expect(e / (v.out[i]?.E_cp ?? NaN)).toBeCloseTo(1, 10));
  });
});

describe('when the candidate may turn worse', () => {
  it.each([
    ['even', evenStarts(0.7, 50)],
    ['fading', fadingStarts(0.7, 50)],
  ])('%s starts add up to 1', (_, starts) => {
    let sum = 0;
    for (let t = 0; t < 80; t++) {
      sum += starts.at(t);
      expect(starts.after(t)).toBeCloseTo(1 - sum, 12);
    }
  });

  it('is 1 before any window, and after windows that say nothing', () => {
    let state = initialShiryaevRoberts(GRID);
    expect(logShiryaevRoberts(state, GRID)).toBeCloseTo(0, 12);
    for (let t = 0; t < 30; t++) state = stepShiryaevRoberts(state, [0, 0, 0, 0, 0]);
    expect(logShiryaevRoberts(state, GRID)).toBeCloseTo(0, 12);
  });

  it('finds a candidate that turns worse after two good hours sooner than the evidence from the start does', () => {
    const random = mulberry32(41);
    const delays = { late: [] as number[], whole: [] as number[] };
    for (let i = 0; i < 60; i++) {
      let state = initialShiryaevRoberts(GRID);
      const found = { late: 100, whole: 100 };
      for (let t = 0; t < 220; t++) {
        const [candidateN, baselineN] = [150, 450];
        const window = {
          candidateN,
          baselineN,
          candidateEvents: binomial(random, candidateN, t < 120 ? 0.01 : 0.03),
          baselineEvents: binomial(random, baselineN, 0.01),
        };
        state = stepShiryaevRoberts(state, rateIncrements(window, 1.02, effectsOf(GRID)));
        if (t < 120) continue;
        if (logShiryaevRoberts(state, GRID) >= Math.log(20)) found.late = Math.min(found.late, t - 120);
        const none = state.late.map(() => -Infinity);
        if (logShiryaevRoberts({ ...state, late: none }, GRID) >= Math.log(20))
          found.whole = Math.min(found.whole, t - 120);
      }
      delays.late.push(found.late);
      delays.whole.push(found.whole);
    }
    const median = (values: number[]): number => values.toSorted((a, b) => a - b)[30] ?? NaN;
    expect(median(delays.late)).toBeLessThanOrEqual(0.8 * median(delays.whole));
  });
});

describe('division by φ', () => {
  const random = mulberry32(43);
  const path = (): number[][] => Array.from({ length: 40 }, () => GRID.map(() => 2 * random() - 0.9));

  it('never raises evidence, however φ moves', () => {
    for (let run = 0; run < 200; run++) {
      let [plain, withPhi]: ShiryaevRoberts[] = [initialShiryaevRoberts(GRID), initialShiryaevRoberts(GRID)];
      for (const increments of path()) {
        const phi = 1 + 4 * random() ** 3;
        plain = stepShiryaevRoberts(plain ?? initialShiryaevRoberts(GRID), increments);
        withPhi = stepShiryaevRoberts(withPhi ?? initialShiryaevRoberts(GRID), increments, phi);
        expect(logShiryaevRoberts(withPhi, GRID, phi)).toBeLessThanOrEqual(logShiryaevRoberts(plain, GRID) + 1e-9);
      }
    }
  });

  it('leaves alone what speaks for the candidate', () => {
    expect(divided(6, 3)).toBe(2);
    expect(divided(-6, 3)).toBe(-6);
  });
});

it('the cost of looking for late starts is ln(1/0.95) at most', () => {
  let state = initialShiryaevRoberts(GRID);
  for (let t = 0; t < 10; t++) state = stepShiryaevRoberts(state, [1, 1, 1, 1, 1]);
  expect(logShiryaevRoberts(state, GRID)).toBeGreaterThanOrEqual(10 + Math.log(STARTS.at(0)));
});
