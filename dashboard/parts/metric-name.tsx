import { metricWords } from '../../schemas/sentence/metric-words.ts';
import { appliesOf } from '../../schemas/metrics.ts';
import { WHOLE } from '../reading/harm.ts';

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A metric in words, with the name that documents have for it. */
export const MetricName = ({ metric, slice = WHOLE }: { metric: string; slice?: string }) => (
  <span class="metric-name">
    <span>{capitalized(metricWords(metric).noun)}</span>
    {slice !== WHOLE && <span class="slice">{slice}</span>}
    {appliesOf(metric) === null && <code>{metric}</code>}
  </span>
);
