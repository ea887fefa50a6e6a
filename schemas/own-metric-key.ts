import type { MetricRow } from './metric.ts';
import type { OwnMetric } from './own-metric.ts';

/**
 * The name under which windows hold an own metric: `resolved:rate:higher`. Family and direction stand in it, so that whoever sums or
 * compares values knows them from the name alone, whatever documents say by then.
 */
export const ownKey = ({ name, family, better }: Pick<OwnMetric, 'name' | 'family' | 'better'>): string =>
  `${name}:${family}:${better}`;

const KEY = /^([a-z][a-z0-9_]{0,47}):(rate|score|number):(higher|lower)$/;

/** What such a name says; null of every other. */
export const readOwnKey = (key: string): Pick<OwnMetric, 'name' | 'family' | 'better'> | null => {
  const [, name, family, better] = KEY.exec(key) ?? [];
  return name === undefined
    ? null
    : { name, family: family as OwnMetric['family'], better: better as OwnMetric['better'] };
};

/** How values of that family are summed and compared: of numbers the means. */
export const ownRow = ({ family, better }: Pick<OwnMetric, 'family' | 'better'>): MetricRow =>
  family === 'number'
    ? { family: 'measure', better, source: 'feedback', unit: 'units', comparedBy: 'mean' }
    : { family, better, source: 'feedback', unit: 'ratio' };
