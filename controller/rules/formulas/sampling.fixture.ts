/** Seeded randomness for the tests of the rules: the same seed gives the same run everywhere. */

/** Uniform on [0, 1): Tommy Ettinger's mulberry32. */
export const mulberry32 = (seed: number): (() => number) => {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Successes in n trials, by the gaps between them (Devroye 1986, ch. X.4): about n·p draws. */
export const binomial = (random: () => number, n: number, p: number): number => {
  if (p <= 0) return 0;
  if (p > 0.5) return n - binomial(random, n, 1 - p);
  let successes = -1;
  for (let trial = 0; trial <= n; successes++) trial += Math.floor(Math.log1p(-random()) / Math.log1p(-p)) + 1;
  return successes;
};

/** C(n, k) p^k (1 − p)^(n − k), exact enough for small n. */
export const binomialPmf = (n: number, k: number, p: number): number => {
  let choose = 1;
  for (let i = 1; i <= k; i++) choose = (choose * (n - k + i)) / i;
  return choose * p ** k * (1 - p) ** (n - k);
};
