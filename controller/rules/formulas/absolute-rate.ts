import { logSumExp } from './log-sum-exp.ts';

/**
 * Absolute rate: an e-process against H0 "the candidate's rate of bad events is at least f", from its own counts alone. Wald's
 * likelihood ratio (1945) of p1 against f,
 *
 *   ln E = x·ln(p1/f) + (n − x)·ln((1 − p1)/(1 − f)),   averaged over p1 ∈ {0, f/4, f/2},
 *
 * is a supermartingale for every p ≥ f. It proves what a ratio can't: with no event at all the rate ratio stays at 1 for ever, while a
 * flawless candidate reaches 1/α after about ln(1/α)/f requests.
 */
const SHARES = [0, 1 / 4, 1 / 2];

/** The log increments for p1 = 0, f/4, f/2. −∞ once p1 = 0 has seen an event. Throws RangeError for impossible counts. */
export const absoluteIncrements = (n: number, x: number, f: number, phi = 1): number[] => {
  if (!(x >= 0 && x <= n && n < Infinity)) throw new RangeError(`events must satisfy 0 ≤ x ≤ n, got x=${x}, n=${n}`);
  if (!(f > 0 && f < 1)) throw new RangeError(`the rate must be within (0, 1), got ${f}`);
  return SHARES.map((share) => {
    const quiet = (n - x) * (Math.log1p(-share * f) - Math.log1p(-f));
    return ((x === 0 ? 0 : x * Math.log(share)) + quiet) / phi;
  });
};

/**
 * The most that any of p1 = f/4, f/2 grows by in a request of rate p, in expectation: below half of f, roughly. (p1 = 0 is no matter of
 * expectation: it ends with the first event.)
 */
export const absoluteGrowth = (p: number, f: number): number =>
  Math.max(...SHARES.filter((share) => share > 0).map((share) => (1 - share) * f + p * Math.log(share)));

/** Growth in a value of rate p, for p1 = 0, f/4, f/2; `ends` is the chance that it loses all. */
export const absoluteGrowths = (p: number, f: number): { drift: number; variance: number; ends: number }[] =>
  SHARES.map((share) => {
    const quiet = Math.log1p(-share * f) - Math.log1p(-f);
    if (share === 0) return { drift: quiet, variance: 0, ends: p };
    const event = Math.log(share);
    return { drift: (1 - p) * quiet + p * event, variance: p * (1 - p) * (event - quiet) ** 2, ends: 0 };
  });

export const initialAbsolute = (): readonly number[] => SHARES.map(() => -Math.log(SHARES.length));

/** ln E of totals x of n at rate f. */
export const logAbsoluteE = (n: number, x: number, f: number, phi = 1): number =>
  logSumExp(absoluteIncrements(n, x, f, phi)) - Math.log(SHARES.length);

/**
 * Anytime-valid upper limit of the rate: the least f that the e-process rejects at level alpha, by bisection; 1 while there is
 * none. (A confidence sequence by inverting e-processes, Howard et al. 2021.)
 */
export const rateUpperLimit = (n: number, x: number, alpha: number, phi = 1): number => {
  const isRejected = (f: number): boolean => logAbsoluteE(n, x, f, phi) >= Math.log(1 / alpha);
  let [low, high] = [n === 0 ? 0 : x / n, 1 - 1e-9];
  if (n === 0 || !isRejected(high)) return 1;
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (isRejected(middle)) high = middle;
    else low = middle;
  }
  return high;
};
