import { z } from 'zod';
import { EpochMs } from './envelope.ts';
import { Name } from './routing-view.ts';

const Share = z.number().min(0).max(1);

/**
 * How far one scorer version agrees with people, as `coalmine calibrate` found it. A pass is a value on the good side of the
 * threshold. False positive: the share that the judge passes of what people failed; false negative: the share that it fails
 * of what people passed; null where there is nothing to take the share of. `bias` is the mean of score − label.
 */
export const CalibrationDocument = z.strictObject({
  apiVersion: z.literal('coalmine/v1'),
  kind: z.literal('Calibration'),
  metadata: z.strictObject({ name: Name }),
  spec: z.strictObject({
    agent: Name,
    metric: z.string().min(1),
    scorer: z.string().min(1),
    scorerVersion: z.string().min(1),
    labels: z.int().nonnegative(),
    agreement: Share,
    falsePositiveRate: Share.nullable(),
    falseNegativeRate: Share.nullable(),
    bias: z.number().min(-1).max(1),
    /** What people would say of all answers, on average, with the limits of a 95 % interval. */
    ppi: z.strictObject({ mean: z.number(), lower: z.number(), upper: z.number() }).nullable(),
    calibratedAtMs: EpochMs,
  }),
});
export type CalibrationDocument = z.infer<typeof CalibrationDocument>;
export type CalibrationSpec = CalibrationDocument['spec'];

const Z_95 = 1.959963984540054;

/** Limits of a share of `hits` out of `count` (Wilson 1927, score interval); null of nothing. 95 % unless `z` says otherwise. */
export const wilsonInterval = (hits: number, count: number, z = Z_95): { lower: number; upper: number } | null => {
  if (count <= 0) return null;
  const share = hits / count;
  const middle = share + (z * z) / (2 * count);
  const reach = z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  const scale = 1 + (z * z) / count;
  return { lower: Math.max(0, (middle - reach) / scale), upper: Math.min(1, (middle + reach) / scale) };
};

const MIN_LABELS = 30;
const MIN_AGREEMENT = 0.7;
const MIN_INFORMEDNESS = 0.4;

/**
 * Why a judge does not count as calibrated, in words for an operator; null if it does. It needs 30 labels; an agreement whose
 * lower 95 % limit is at least 0.7 (people agree with each other on about four in five, Zheng et al. 2023); and an
 * informedness (1 − false positives − false negatives, Youden 1950) of at least 0.4, since of answers that are nearly all good
 * a judge that passes everything agrees nearly always. So people must have passed some answers and failed some.
 */
export const whyNotCalibrated = (spec: CalibrationSpec): string | null => {
  const { labels, agreement, falsePositiveRate, falseNegativeRate } = spec;
  if (labels < MIN_LABELS) return `${labels} of ${MIN_LABELS} labels`;
  const lower = wilsonInterval(agreement * labels, labels)?.lower ?? 0;
  if (lower < MIN_AGREEMENT)
    return `agreement ${agreement.toFixed(2)}, its lower limit ${lower.toFixed(2)} is below ${MIN_AGREEMENT}`;
  if (falsePositiveRate === null) return 'no label says that an answer is bad';
  if (falseNegativeRate === null) return 'no label says that an answer is good';
  const informedness = 1 - falsePositiveRate - falseNegativeRate;
  return informedness < MIN_INFORMEDNESS
    ? `it tells good from bad by ${informedness.toFixed(2)} only (1 − false positives − false negatives), below ${MIN_INFORMEDNESS}`
    : null;
};

export const isCalibrated = (spec: CalibrationSpec): boolean => whyNotCalibrated(spec) === null;
