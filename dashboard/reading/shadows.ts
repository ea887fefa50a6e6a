import type { RolloutView } from '../../schemas/controller-api.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { valueText } from '../../schemas/sentence/figures.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';
import { metricGroups } from './metric-rows.ts';

type Scored = { metric: string; value: number | null; liveValue: number | null };

/** How a shadow's value stands beside the live one: below 0 it is worse. Null where one of them is missing. */
export const gainOf = ({ metric, value, liveValue }: Scored): number | null => {
  if (value === null || liveValue === null) return null;
  return metricOrRubric(metric).better === 'lower' ? liveValue - value : value - liveValue;
};

/** `0.91 → 0.23`, the live value first. */
export const pairText = ({ metric, value, liveValue }: Scored): string => {
  const text = (at: number | null): string => (at === null ? '–' : valueText(metric, at));
  return `${text(liveValue)} → ${text(value)}`;
};

/** What the shadow has shown so far, in a line. */
export const shadowHeadline = (rollout: RolloutView): { isWorse: boolean; text: string } => {
  const { candidate, logThreshold, metrics } = rollout;
  const [worst] = metricGroups(metrics).shadow;
  const name = candidate ?? 'the candidate';
  if (worst === undefined) return { isWorse: false, text: `${name}: no pair of answers is judged yet` };
  const isWorse = logThreshold !== null && (worst.logE ?? 0) >= logThreshold;
  const { metric, candidateValue: value, stableValue: liveValue } = worst;
  const values = value === null || liveValue === null ? '' : `, ${pairText({ metric, value, liveValue })}`;
  return isWorse
    ? { isWorse, text: `${name}: ${metricWords(metric).noun} regression detected${values}` }
    : { isWorse, text: `${name}: no regression is proven in the shadow` };
};
