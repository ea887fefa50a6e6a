import { metricOrRubric } from '../metrics.ts';
import type { Regression } from '../regression.ts';
import { ALL } from '../whole-slice.ts';
import { countText, shareText, valueText } from './figures.ts';

/** A moment to the minute, in UTC. */
const momentText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** "quality of v3 in service fell since 2026-03-02 14:05 UTC: faithfulness 0.94 → 0.88 (n = 2,310), on language=de". */
export const regressionText = (kind: 'regression' | 'recovery', fact: Regression): string => {
  const { version, sinceMs, slice, count } = fact;
  const where = slice === ALL ? '' : `, on ${slice}`;
  const figures = `${figuresText(fact)} (n = ${countText(count)})${where}`;
  // Of what is measured, such as latency or cost, nobody would say quality.
  const isMeasured = fact.beyond !== null;
  const subject = isMeasured ? `${version} in service` : `quality of ${version} in service`;
  return kind === 'regression'
    ? `${subject} ${isMeasured ? 'got worse' : 'fell'} since ${momentText(sinceMs)}: ${figures}`
    : `${subject} is as it was before ${momentText(sinceMs)} again: ${figures}`;
};

const figuresText = ({ metric, before, after, beyond }: Regression): string => {
  if (beyond === null) return `${metric} ${valueText(metric, before)} → ${valueText(metric, after)}`;
  const side = metricOrRubric(metric).better === 'lower' ? 'above' : 'below';
  return `answers with ${metric} ${side} ${valueText(metric, beyond)} ${shareText(before)} → ${shareText(after)}`;
};
