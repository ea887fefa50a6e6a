import type { Evidence } from '../decision.ts';
import { appliesOf, metricOrRubric } from '../metrics.ts';
import { ALL } from '../whole-slice.ts';
import { countText, percentileText, plainText, shareText, valueText } from './figures.ts';
import { metricWords } from './metric-words.ts';

/** The labels by which two sides are called. */
export type Sides = { candidate: string; stable: string };

/** What one row of evidence is of; by the name of its rule, as the controller writes it. */
export type Phase = 'shadow' | 'canary' | 'threshold';
export const phaseOf = ({ rule }: Pick<Evidence, 'rule'>): Phase =>
  rule === SHADOW_RULE || rule === APPLIES_IN_SHADOW ? 'shadow' : rule === 'plain threshold' ? 'threshold' : 'canary';

/** By what shadow pairs are judged: by a metric's values, and by whether it applies. */
export const SHADOW_RULE = 'shadow sign test';
export const APPLIES_IN_SHADOW = 'shadow lost pairs';

const NEARLY_ALL = 0.9;

/** Whose answers a slice holds: ` where category is irrelevance`. */
export const sliceText = (slice: string): string => {
  if (slice === ALL) return '';
  const at = slice.indexOf('=');
  const value = slice.slice(at + 1);
  return ` where ${slice.slice(0, at)} is ${value === '_other' ? 'another' : value}`;
};

/** "v2 is slower: nearly all of its 12 answers took longer than 99 % of v1's 480 (…)", without a full stop. */
export const comparisonText = (entry: Evidence, sides: Sides): string => {
  const { worse } = metricWords(entry.metric);
  return `${sides.candidate} ${worse}${sliceText(entry.slice)}: ${figuresText(entry, sides)}`;
};

/** Both sides' figures with their units and sample sizes. */
export const figuresText = (entry: Evidence, sides: Sides): string => {
  const applies = appliesOf(entry.metric);
  if (applies !== null) return appliesText(applies, entry, sides);
  if (entry.pairsWorse !== null && entry.pairsBetter !== null) return pairsText(entry, sides);
  const { family, quantile } = metricOrRubric(entry.metric);
  if (entry.candidateValue === null) return `there is no value of ${sides.candidate}`;
  if (family === 'rate') return rateText(entry, sides);
  return family === 'measure' && quantile !== null ? tailText(entry, quantile, sides) : meanText(entry, sides);
};

const pairsText = ({ candidateCount, pairsWorse, pairsBetter }: Evidence, { candidate, stable }: Sides): string =>
  `in shadow, of ${countText(candidateCount)} pairs of answers to the same request, ${candidate}'s was worse than ${stable}'s in ${countText(pairsWorse ?? 0)} and better in ${countText(pairsBetter ?? 0)}`;

/** "tool_validity applied to 61 % of v1's answers and to 44 % of v2's (of 4,750 and 250)". */
const appliesText = (metric: string, entry: Evidence, { candidate, stable }: Sides): string => {
  const { candidateCount, stableCount, candidateValue, stableValue, pairsWorse, pairsBetter } = entry;
  if (pairsWorse !== null && pairsBetter !== null)
    return `in shadow, of ${countText(candidateCount)} pairs of answers to the same request, ${metric} applied to ${stable}'s answer alone in ${countText(pairsWorse)} and to ${candidate}'s alone in ${countText(pairsBetter)}`;
  return `${metric} applied to ${shareText(stableValue ?? 0)} of ${stable}'s answers and to ${shareText(candidateValue ?? 0)} of ${candidate}'s (of ${countText(stableCount)} and ${countText(candidateCount)})`;
};

const rateText = (entry: Evidence, { stable }: Sides): string => {
  const { of, bad = 'were bad' } = metricWords(entry.metric);
  const share = badShare(entry, entry.candidateValue ?? 0);
  const own = `${countText(share * entry.candidateCount)} of its ${countText(entry.candidateCount)} ${of} ${bad} (${shareText(share)})`;
  if (entry.stableValue === null) return own;
  const other = badShare(entry, entry.stableValue);
  return `${own}, and ${countText(other * entry.stableCount)} of ${stable}'s ${countText(entry.stableCount)} (${shareText(other)})`;
};

const badShare = ({ metric }: Evidence, value: number): number =>
  metricOrRubric(metric).better === 'lower' ? value : 1 - value;

/** A quantile is compared by the share beyond stable's: the difference of these, more the share that stable has there itself. */
const tailText = (entry: Evidence, quantile: number, { stable }: Sides): string => {
  const { of, beyond = 'were beyond' } = metricWords(entry.metric);
  const percentile = percentileText(entry.metric);
  const own = valueText(entry.metric, entry.candidateValue ?? 0);
  const other = entry.stableValue === null ? null : valueText(entry.metric, entry.stableValue);
  const count = countText(entry.candidateCount);
  if (entry.difference === null || phaseOf(entry) === 'threshold') {
    const against = other === null ? '' : `, ${stable}'s is ${other} over ${countText(entry.stableCount)}`;
    return `its ${percentile} is ${own} over ${count} ${of}${against}`;
  }
  const share = Math.min(1, Math.max(0, entry.difference + 1 - quantile));
  const many =
    share >= NEARLY_ALL
      ? `nearly all of its ${count} ${of}`
      : `${countText(share * entry.candidateCount)} of its ${count} ${of} (${shareText(share)})`;
  const part = quantile === 0.5 ? 'half' : shareText(quantile);
  const values = `${percentile} ${own}, ${stable}'s ${other ?? 'not known'}`;
  return `${many} ${beyond} ${part} of ${stable}'s ${countText(entry.stableCount)} (${values})`;
};

const meanText = (entry: Evidence, { stable }: Sides): string => {
  const { noun, of } = metricWords(entry.metric);
  const { unit, better } = metricOrRubric(entry.metric);
  const scale = unit === 'ratio' ? ` (0 to 1, ${better === 'higher' ? 'more' : 'less'} is better)` : '';
  const other =
    entry.stableValue === null
      ? ''
      : `, ${stable}'s ${valueText(entry.metric, entry.stableValue)} over ${countText(entry.stableCount)}`;
  return `its ${noun} is ${valueText(entry.metric, entry.candidateValue ?? 0)} on average over ${countText(entry.candidateCount)} ${of}${other}${scale}`;
};

/**
 * Whether the pooled values say the opposite of "worse". They can: they pool hours of different traffic and weight, and the evidence
 * compares minute by minute, from when the candidate turned worse.
 */
export const looksNoWorse = ({ metric, candidateValue, stableValue, pairsWorse, pairsBetter }: Evidence): boolean => {
  if (pairsWorse !== null && pairsBetter !== null) return pairsWorse <= pairsBetter;
  if (candidateValue === null || stableValue === null) return false;
  return metricOrRubric(metric).better === 'lower' ? candidateValue <= stableValue : candidateValue >= stableValue;
};

/** The difference with its limits in the metric's unit; '' where there is none. */
export const limitsText = ({ metric, difference, lower, upper }: Evidence): string => {
  if (difference === null || lower === null || upper === null) return '';
  const { family, quantile, unit } = metricOrRubric(metric);
  const isShare = family === 'rate' || quantile !== null;
  const text = (value: number): string =>
    isShare ? plainText(100 * value) : unit === 'milli-usd' ? `$${plainText(value / 1_000)}` : plainText(value);
  return `${text(difference)} [${text(lower)}, ${text(upper)}]${isShare ? ' points' : ''}`;
};

/** Why the limits of a difference hold 0 beside a verdict of "worse"; null where they don't. */
export const limitsNote = (entry: Evidence): string | null => {
  const { lower, upper, metric } = entry;
  if (lower === null || upper === null || lower > 0 || upper < 0) return null;
  const of = metricOrRubric(metric).quantile === null ? 'the mean over the whole rollout' : 'the share in the tail';
  return `The limits of ${metric} hold 0 and it is convicted all the same: they are those of ${of} and have two sides, while the verdict bets on "worse" alone, from when it began, and counts what was reached once.`;
};
