import { binomial as binomialByGaps } from '../../controller/rules/formulas/sampling.fixture.ts';

/** Seeded draws that cost the same however large the counts are, so that a minute is drawn from counts and not request by request. */
export type Random = () => number;

/** Below this many expected successes walking from success to success is quicker. */
const MIN_EXPECTED = 10;

/** Successes in n trials: Hörmann's transformed rejection BTRS (1993, J. Stat. Comput. Simul. 46), exact. */
export const binomial = (random: Random, n: number, p: number): number => {
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  if (n * p < MIN_EXPECTED) return binomialByGaps(random, n, p);
  const odds = p / (1 - p);
  const sd = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * sd;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + n * p + 0.5);
    if (us >= 0.07 && v <= 0.92 - 4.2 / b) return k;
    if (k < 0 || k > n) continue;
    const bound =
      (mode + 0.5) * Math.log((mode + 1) / (odds * (n - mode + 1))) +
      (n + 1) * Math.log((n - mode + 1) / (n - k + 1)) +
      (k + 0.5) * Math.log((odds * (n - k + 1)) / (k + 1)) +
      stirlingTail(mode) +
      stirlingTail(n - mode) -
      stirlingTail(k) -
      stirlingTail(n - k);
    if (Math.log((v * (2.83 + 5.1 / b) * sd) / (a / (us * us) + b)) <= bound) return k;
  }
};

/** ln k! less Stirling's approximation of it about k + 1. */
const stirlingTail = (k: number): number => {
  const known = SMALL_TAILS[k];
  if (known !== undefined) return known;
  const square = (k + 1) ** 2;
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
};

const SMALL_TAILS: readonly number[] = [
  0.0810614667953272, 0.0413406959554093, 0.0276779256849983, 0.0207906721037651, 0.0166446911898212,
  0.0138761288230707, 0.0118967099458918, 0.0104112652619721, 0.0092554621827127, 0.0083305634333629,
];

/** By products of uniforms (Knuth): for means of a few. */
export const poisson = (random: Random, mean: number): number => {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
};

/** The n most typical values of a Beta distribution with this mean and variance: its quantiles at (i + ½)/n, ascending. */
export const betaQuantiles = (mean: number, variance: number, n: number): Float64Array => {
  const concentration = (mean * (1 - mean)) / variance - 1;
  if (!(concentration > 0)) throw new RangeError(`no Beta has mean ${mean} and variance ${variance}`);
  const [a, b] = [mean * concentration, (1 - mean) * concentration];
  // Integrated over s with 1 − x = s³, where the density is finite at x = 1 for the b < 1 of good scores.
  const steps = 4 * n;
  const xs = Array.from({ length: steps }, (_, i) => 1 - (1 - (i + 0.5) / steps) ** 3);
  const masses = xs.map((x) => x ** (a - 1) * (1 - x) ** (b - 1 / 3));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  const quantiles = new Float64Array(n);
  let below = 0;
  let i = 0;
  for (const [at, x] of xs.entries()) {
    below += masses[at]! / total;
    while (i < n && below >= (i + 0.5) / n) quantiles[i++] = x;
  }
  return quantiles.fill(1, i);
};

/** A seed for each rollout of each run: the murmur3 finaliser over both. */
export const seedOf = (seed: number, rollout: number): number => {
  let h = Math.imul(seed, 0x9e3779b1) ^ Math.imul(rollout + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};
