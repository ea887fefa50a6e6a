import { capitalized } from '../../schemas/sentence/figures.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';
import { appliesOf } from '../../schemas/metrics.ts';
import { ALL } from '../../schemas/whole-slice.ts';

/** A metric in words, with the name that documents have for it. */
export const MetricName = ({ metric, slice = ALL }: { metric: string; slice?: string }) => (
  <span class="metric-name">
    <span>{capitalized(metricWords(metric).noun)}</span>
    {slice !== ALL && <span class="slice">{slice}</span>}
    {appliesOf(metric) === null && <code>{metric}</code>}
  </span>
);
