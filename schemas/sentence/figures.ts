import { metricOrRubric } from '../metrics.ts';

/** 1234567 as `1,234,567`. */
export const countText = (count: number): string => String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');

/** Less than this is what rounding leaves of a difference of equal numbers. */
const NOTHING = 1e-9;

/** Three digits of it, without an exponent where a person would write none. */
export const plainText = (value: number): string => {
  if (Math.abs(value) < NOTHING) return '0';
  return Math.abs(value) >= 1_000 ? countText(value) : String(Number(value.toPrecision(3)));
};

/** A share in percent, of two digits; what is nearly 0 or 1 is not rounded to it. */
export const shareText = (share: number): string => {
  const pct = 100 * share;
  if (share > 0.99 && share < 1) return `${Number(pct.toFixed(2))} %`;
  return `${Number(pct.toPrecision(2))} %`;
};

/** An evidence's e-value as "odds": two digits, and no more than a reader can use. */
export const strengthText = (logE: number): string => {
  if (logE > Math.log(10_000)) return 'over 10,000';
  const e = Math.exp(logE);
  return e < 0.01 ? 'under 0.01' : e >= 1_000 ? countText(Number(e.toPrecision(2))) : String(Number(e.toPrecision(2)));
};

/** How often at most: 0.05 as `5 of 100`, 0.001 as `1 of 1,000`. */
export const chanceText = (alpha: number): string => {
  const of = [100, 1_000, 10_000, 100_000].find((total) => Math.abs(alpha * total - Math.round(alpha * total)) < 0.01);
  if (of !== undefined && alpha * of >= 0.99) return `${Math.round(alpha * of)} of ${countText(of)}`;
  return `${countText(Math.ceil(alpha * 100_000))} of 100,000`;
};

const MS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** Milliseconds in the largest unit of which there are two or more. */
export const timeText = (ms: number): string => {
  const [unit, sizeMs] = MS.find(([, size]) => ms >= 2 * size) ?? ['second', 1_000];
  const count = Math.max(0, Math.round(ms / sizeMs));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
};

/** A value of a metric with its unit: shares of rates in percent, money in dollars, tokens and characters whole. */
export const valueText = (metric: string, value: number): string => {
  const { family, unit } = metricOrRubric(metric);
  switch (unit) {
    case 'seconds':
      return value < 1 ? `${plainText(value * 1_000)} ms` : `${plainText(value)} s`;
    case 'milli-usd':
      return `$${plainText(value / 1_000)}`;
    case 'kilo-tokens':
      return `${countText(value * 1_000)} tokens`;
    case 'kilo-characters':
      return `${countText(value * 1_000)} characters`;
    case 'tokens-per-second':
      return `${plainText(value)} tokens a second`;
    case 'ratio':
      return family === 'rate' ? shareText(value) : plainText(value);
    default:
      return plainText(value);
  }
};

/** Which percentile of a measure stands for an arm: `99th percentile`; null where it is the mean. */
export const percentileText = (metric: string): string | null => {
  const { quantile, better } = metricOrRubric(metric);
  if (quantile === null) return null;
  const nth = Math.round(100 * (better === 'lower' ? quantile : 1 - quantile));
  return nth === 50 ? 'median' : `${nth}${nth === 1 ? 'st' : 'th'} percentile`;
};

/** A sentence's first letter large, and a full stop at its end. Names of versions and people stay as they are. */
export const asSentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
