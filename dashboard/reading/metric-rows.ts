import type { Evidence } from '../../schemas/decision.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { plainText } from '../../schemas/sentence/figures.ts';
import { ALL } from '../../schemas/whole-slice.ts';

/** A metric of which nothing is known yet. */
const isSilent = ({ candidateCount, pairsWorse }: Evidence): boolean => candidateCount === 0 && !pairsWorse;

const isOfShadow = ({ pairsWorse }: Evidence): boolean => pairsWorse !== null;

const byEvidence = (a: Evidence, b: Evidence): number => (b.logE ?? -Infinity) - (a.logE ?? -Infinity);

export type MetricGroups = { live: Evidence[]; shadow: Evidence[]; silent: Evidence[]; slices: Evidence[] };

/** What is known, apart by what it is of: live answers, shadow's pairs, nothing yet, parts of the traffic. The most suspicious first. */
export const metricGroups = (metrics: readonly Evidence[]): MetricGroups => {
  const sorted = metrics.toSorted(byEvidence);
  const wholes = sorted.filter(({ slice }) => slice === ALL);
  const heard = wholes.filter((entry) => !isSilent(entry));
  const live = heard.filter((entry) => !isOfShadow(entry));
  const parts = sorted.filter((entry) => entry.slice !== ALL && !isSilent(entry));
  return {
    live,
    shadow: heard.filter(isOfShadow),
    silent: wholes.filter(isSilent),
    slices: parts.filter((entry) => live.length === 0 || !isOfShadow(entry)),
  };
};

/** How a difference of that metric is written: shares in points, money in dollars, all else in its unit. */
export const differenceText = (metric: string, value: number): string => {
  const { family, quantile, unit } = metricOrRubric(metric);
  if (family === 'rate' || quantile !== null) return signed(100 * value);
  return signed(unit === 'milli-usd' ? value / 1_000 : value);
};

/** Behind such a difference. */
export const differenceUnit = (metric: string): string => {
  const { family, quantile, unit } = metricOrRubric(metric);
  if (family === 'rate' || quantile !== null) return 'points';
  return { 'milli-usd': '$', seconds: 's' }[unit as string] ?? '';
};

const signed = (value: number): string => {
  const text = plainText(Number(value.toPrecision(2)));
  return value > 0 ? `+${text}` : text.replace('-', '−');
};

/** Whether a difference of that sign is bad. Of quantiles the share beyond stable's is compared: more is worse. */
export const isWorse = (metric: string, difference: number): boolean => {
  const { better, quantile } = metricOrRubric(metric);
  return quantile !== null || better === 'lower' ? difference > 0 : difference < 0;
};
