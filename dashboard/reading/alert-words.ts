import type { AlertView } from '../../schemas/alerts-api.ts';
import { plainText, strengthText, valueText } from '../../schemas/sentence/figures.ts';
import type { Tone } from './verdict.ts';

const OPEN: Readonly<Record<AlertView['severity'], Tone>> = { critical: 'bad', warning: 'warn', info: 'calm' };

/** How an alert is to be taken: one that is over is good news. */
export const alertTone = ({ state, severity }: Pick<AlertView, 'state' | 'severity'>): Tone =>
  state === 'recovered' ? 'good' : OPEN[severity];

/** Its figures in a line: value, threshold, n, evidence; '' where there are none. */
export const figuresText = (
  alert: Pick<AlertView, 'metric' | 'value' | 'threshold' | 'n' | 'logE' | 'logThreshold'>,
): string => {
  const { metric, value, threshold, n, logE, logThreshold } = alert;
  const text = (at: number): string => (metric === null ? plainText(at) : valueText(metric, at));
  return [
    value === null ? '' : text(value),
    threshold === null ? '' : `threshold ${text(threshold)}`,
    n === null ? '' : `n = ${n}`,
    logE === null
      ? ''
      : `evidence ${strengthText(logE)}${logThreshold === null ? '' : ` of ${strengthText(logThreshold)}`}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
};
