import type { RolloutView } from '../../schemas/controller-api.ts';
import type { Evidence } from '../../schemas/decision.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { phaseOf } from '../../schemas/sentence/comparison.ts';
import { plainText } from '../../schemas/sentence/figures.ts';
import { ALL } from '../../schemas/whole-slice.ts';

/** A metric of which nothing is known yet. */
const isSilent = ({ candidateCount, pairsWorse }: Evidence): boolean => candidateCount === 0 && !pairsWorse;

const isOfShadow = ({ pairsWorse }: Evidence): boolean => pairsWorse !== null;

/** A limit's value stands among the evidence of decisions; it has no stable beside it. */
const isOfLimit = (entry: Evidence): boolean => phaseOf(entry) === 'threshold' && entry.stableValue === null;

/**
 * ln of what it adds to the evidence of the whole, weight · e: these parts add up to what is held against the threshold. Null of
 * what adds nothing: plain thresholds, an experiment's goal, advice of the shadow.
 */
export const logPart = ({ logE, weight }: Pick<Evidence, 'logE' | 'weight'>): number | null =>
  logE === null || weight <= 0 ? null : logE + Math.log(weight);

const strengthOf = (entry: Evidence): number => logPart(entry) ?? -Infinity;
const byEvidence = (a: Evidence, b: Evidence): number => {
  const [first, second] = [strengthOf(a), strengthOf(b)];
  return first === second ? 0 : second - first;
};

export type MetricGroups = { live: Evidence[]; shadow: Evidence[]; silent: Evidence[]; slices: Evidence[] };

/** What is known, apart by what it is of: live answers, shadow's pairs, nothing yet, parts of the traffic. The most suspicious first. */
export const metricGroups = (metrics: readonly Evidence[]): MetricGroups => {
  const sorted = metrics.filter((entry) => !isOfLimit(entry)).toSorted(byEvidence);
  const wholes = sorted.filter(({ slice }) => slice === ALL);
  const heard = wholes.filter((entry) => !isSilent(entry));
  const known = new Set(heard.map(({ metric }) => metric));
  const live = heard.filter((entry) => !isOfShadow(entry));
  const parts = sorted.filter((entry) => entry.slice !== ALL && !isSilent(entry));
  return {
    live,
    shadow: heard.filter(isOfShadow),
    silent: wholes.filter((entry) => isSilent(entry) && !known.has(entry.metric)),
    slices: parts.filter((entry) => live.length === 0 || !isOfShadow(entry)),
  };
};

/** Of the metric that adds most to the evidence, the slice in which it is strongest, as the controller names what decides. */
export const strongest = (metrics: readonly Evidence[]): Evidence | null => {
  const [most] = metrics.filter((entry) => !isSilent(entry) && logPart(entry) !== null).toSorted(byEvidence);
  if (most === undefined) return null;
  return metrics
    .filter((entry) => entry.metric === most.metric && isOfShadow(entry) === isOfShadow(most) && !isSilent(entry))
    .reduce((best, entry) => ((entry.logE ?? -Infinity) > (best.logE ?? -Infinity) ? entry : best), most);
};

/** How much of what was to be seen of a metric was seen, in the arm of which less was; null where it is not told. */
export const coverageOf = (metric: string, coverage: RolloutView['coverage']): number | null => {
  const { source, rows } = metricOrRubric(metric);
  const of = source === 'exchanges' && rows !== 'cost' ? 'exchanges' : rows;
  const entry = coverage.find((one) => one.of === of);
  return entry === undefined ? null : Math.min(entry.candidate, entry.stable);
};

/** How a difference of that metric is written: shares in points, events relative, money in dollars, all else in its unit. */
export const differenceText = (metric: string, value: number): string => {
  const { family, quantile, unit } = metricOrRubric(metric);
  if (family === 'rate' || family === 'event' || quantile !== null) return signed(100 * value);
  return signed(unit === 'milli-usd' ? value / 1_000 : value);
};

/** Behind such a difference. */
export const differenceUnit = (metric: string): string => {
  const { family, quantile, unit } = metricOrRubric(metric);
  if (family === 'event') return '%';
  if (family === 'rate' || quantile !== null) return 'points';
  return { 'milli-usd': '$', seconds: 's' }[unit as string] ?? '';
};

const signed = (value: number): string => {
  const text = plainText(Number(value.toPrecision(2)));
  if (text === '0') return text;
  return value > 0 ? `+${text}` : text.replace('-', '−');
};

/** Whether a difference of that sign is bad. Of quantiles the share beyond stable's is compared: more is worse. */
export const isWorse = (metric: string, difference: number): boolean => {
  const { better, quantile } = metricOrRubric(metric);
  return quantile !== null || better === 'lower' ? difference > 0 : difference < 0;
};
