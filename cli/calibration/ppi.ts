import quantile from '@stdlib/stats-base-dists-normal-quantile';
import { confusionOf, type Pair, type Passing } from './agreement.ts';

/** Scores as sums, so that any number of them takes the same room. */
export type Moments = { count: number; sum: number; sumSquares: number };

export const NO_MOMENTS: Moments = { count: 0, sum: 0, sumSquares: 0 };

export const withValue = ({ count, sum, sumSquares }: Moments, value: number): Moments => ({
  count: count + 1,
  sum: sum + value,
  sumSquares: sumSquares + value * value,
});

export const momentsOf = (values: readonly number[]): Moments => values.reduce(withValue, NO_MOMENTS);

/** A mean and the limits of its interval at confidence 1 − alpha; null where the data can't tell. */
export type Interval = { mean: number | null; lower: number | null; upper: number | null };

export type PpiMean = Interval & {
  /** The mean that people would give all answers, by their labels alone. */
  labelsOnly: Interval;
  /** The scorer's own mean over all answers: off by as much as the scorer is biased. */
  naive: number | null;
  /** How far the scorer is trusted: 0 is not at all, which leaves the labels alone. */
  lambda: number;
  /** How many labels alone would give an interval as narrow. */
  effectiveLabels: number | null;
  /** Of `mean`; with the degrees of freedom of its interval. Null as the limits are. */
  standardError: number | null;
  degrees: number;
};

const NOTHING: Interval = { mean: null, lower: null, upper: null };

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of a sample, by n − 1. */
const covariance = (xs: readonly number[], ys: readonly number[]): number => {
  const [meanX, meanY] = [meanOf(xs), meanOf(ys)];
  return xs.reduce((sum, x, i) => sum + (x - meanX) * (ys[i]! - meanY), 0) / (xs.length - 1);
};

/** Rounding leaves about this much of the variance of equal values. */
const ROUNDING = 1e-12;

const varianceOf = ({ count, sum, sumSquares }: Moments): number => {
  if (count < 2) return 0;
  const variance = (sumSquares - (sum * sum) / count) / (count - 1);
  return variance > ROUNDING ? variance : 0;
};

/** Quantile of Student's t, as the normal one expanded in 1/degrees (Abramowitz & Stegun 1964, 26.7.5); exact for 1 and 2. */
export const studentQuantile = (p: number, degrees: number): number => {
  if (degrees <= 1) return Math.tan(Math.PI * (p - 0.5));
  if (degrees <= 2) return (2 * p - 1) * Math.sqrt(2 / (4 * p * (1 - p)));
  const z = quantile(p, 0, 1);
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const g4 = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92_160;
  return z + g1 / degrees + g2 / degrees ** 2 + g3 / degrees ** 3 + g4 / degrees ** 4;
};

/** A variance of nothing says that all labels are equal, which is no proof that the next one will be. */
const interval = (mean: number, variance: number, degrees: number, alpha: number): Interval => {
  if (!(variance > 0) || degrees < 1) return { mean, lower: null, upper: null };
  const reach = studentQuantile(1 - alpha / 2, degrees) * Math.sqrt(variance);
  return { mean, lower: mean - reach, upper: mean + reach };
};

/** Of the mean, the one that makes its variance least (PPI++, example 6.1), kept within 0 and 1. */
const tunedLambda = (scores: readonly number[], labels: readonly number[], unlabelled: Moments): number => {
  const all = scores.reduce(withValue, unlabelled);
  const variance = varianceOf(all);
  if (unlabelled.count === 0 || variance === 0) return 0;
  const lambda = covariance(scores, labels) / ((1 + scores.length / unlabelled.count) * variance);
  return Math.min(1, Math.max(0, lambda));
};

const judgeMean = (scores: readonly number[], unlabelled: Moments): number | null => {
  const { count, sum } = scores.reduce(withValue, unlabelled);
  return count === 0 ? null : sum / count;
};

/**
 * The mean that people would give all answers: the scorer's mean over the answers without a label, rectified by what it got
 * wrong on those with one; θ = λ·mean(unlabelled scores) + mean(label − λ·score) (Angelopoulos, Bates, Fannjiang, Jordan,
 * Zrnic 2023, "Prediction-powered inference"; λ tuned as in Angelopoulos, Duchi, Zrnic 2023, "PPI++"). It holds whatever the
 * scorer's errors, if the labelled answers are a random draw. The interval takes Student's t, for labels are few. Limits are
 * null below two labels and where all labels are equal.
 */
export const ppiMean = (
  { labelled, unlabelled }: { labelled: readonly Pair[]; unlabelled: Moments },
  alpha = 0.05,
): PpiMean => {
  const scores = labelled.map(({ score }) => score);
  const labels = labelled.map(({ label }) => label);
  const count = labelled.length;
  const naive = judgeMean(scores, unlabelled);
  const degrees = count - 1;
  const unknown = { labelsOnly: NOTHING, naive, lambda: 0, effectiveLabels: null, standardError: null, degrees };
  if (count === 0) return { ...NOTHING, ...unknown };
  const labelMean = meanOf(labels);
  const labelVariance = varianceOf(momentsOf(labels)) / count;
  const alone = interval(labelMean, labelVariance, degrees, alpha);
  if (alone.lower === null) return { ...alone, ...unknown, labelsOnly: alone };
  const lambda = tunedLambda(scores, labels, unlabelled);
  const residuals = labelled.map(({ score, label }) => label - lambda * score);
  const unlabelledMean = unlabelled.count === 0 ? 0 : unlabelled.sum / unlabelled.count;
  const mean = lambda * unlabelledMean + meanOf(residuals);
  const ofScores = unlabelled.count === 0 ? 0 : (lambda * lambda * varianceOf(unlabelled)) / unlabelled.count;
  const variance = covariance(residuals, residuals) / count + ofScores;
  return {
    ...interval(mean, variance, degrees, alpha),
    labelsOnly: alone,
    naive,
    lambda,
    effectiveLabels: variance > 0 ? (count * labelVariance) / variance : null,
    standardError: variance > 0 ? Math.sqrt(variance) : null,
    degrees,
  };
};

/** Candidate less stable, each rectified by labels of its own arm; degrees of freedom by Welch 1947. */
export const ppiDifference = (candidate: PpiMean, stable: PpiMean, alpha = 0.05): Interval => {
  if (candidate.mean === null || stable.mean === null) return NOTHING;
  const mean = candidate.mean - stable.mean;
  if (candidate.standardError === null || stable.standardError === null) return { mean, lower: null, upper: null };
  const [one, other] = [candidate.standardError ** 2, stable.standardError ** 2];
  const degrees = (one + other) ** 2 / (one ** 2 / candidate.degrees + other ** 2 / stable.degrees);
  return interval(mean, one + other, degrees, alpha);
};

/**
 * The share of answers that people would pass, from the share that the scorer passes and its error rates: (p − FP) / (1 − FP − FN)
 * (Rogan & Gladen 1978, with their delta-method variance). For comparison with `ppiMean`, which needs no verdicts. Null where
 * the scorer does no better than chance, or either error rate is of nothing.
 */
export const roganGladen = (
  { labelled, unlabelled }: { labelled: readonly Pair[]; unlabelled: { count: number; passed: number } },
  passing: Passing,
  alpha = 0.05,
): Interval => {
  const { bothPass, bothFail, scorerPasses, peoplePass } = confusionOf(labelled, passing);
  const [good, bad] = [bothPass + peoplePass, bothFail + scorerPasses];
  const count = labelled.length + unlabelled.count;
  if (good === 0 || bad === 0) return NOTHING;
  const [falsePositive, sensitivity] = [scorerPasses / bad, bothPass / good];
  const informedness = sensitivity - falsePositive;
  if (informedness <= 0) return NOTHING;
  const passed = (bothPass + scorerPasses + unlabelled.passed) / count;
  const raw = (passed - falsePositive) / informedness;
  const share = Math.min(1, Math.max(0, raw));
  const variance =
    ((passed * (1 - passed)) / count +
      ((1 - share) ** 2 * falsePositive * (1 - falsePositive)) / bad +
      (share ** 2 * sensitivity * (1 - sensitivity)) / good) /
    informedness ** 2;
  const reach = quantile(1 - alpha / 2, 0, 1) * Math.sqrt(variance);
  return variance > 0
    ? { mean: share, lower: Math.max(0, share - reach), upper: Math.min(1, share + reach) }
    : { mean: share, lower: null, upper: null };
};
