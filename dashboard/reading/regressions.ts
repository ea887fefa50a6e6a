import { metricOrRubric } from '../../schemas/metrics.ts';
import type { OpenRegressionView } from '../../schemas/watching-api.ts';
import { ALL } from '../../schemas/whole-slice.ts';

type Shown = Pick<OpenRegressionView, 'version' | 'metric' | 'slice' | 'sinceMs' | 'before'>;

/** What the list of exchanges is narrowed down by to show a regression: of what is scored, to answers worse than the mean of before. */
export const answersThatShow = (
  agent: string,
  { version, metric, slice, sinceMs, before }: Shown,
): Record<string, string> => {
  const { source, better } = metricOrRubric(metric);
  return {
    agent,
    version,
    since: String(sinceMs),
    ...(slice === ALL ? {} : { slice }),
    ...(source === 'scores' ? { metric, [better === 'higher' ? 'below' : 'above']: String(before) } : {}),
  };
};
