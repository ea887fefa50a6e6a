import { useAnswer } from '../api/answer.ts';
import { alertTone } from '../reading/alert-words.ts';
import { linkTo } from '../route.ts';
import type { AlertEvent } from '../../schemas/alert.ts';
import { Badge } from './badge.tsx';

/** What alerts tell of the way from an answer to its verdict. */
const OF_PIPELINE: ReadonlySet<AlertEvent> = new Set([
  'judge-behind',
  'coverage-lost',
  'dead-letters',
  'pipeline-silent',
]);

/** Whether all that is answered is read and judged, by the alerts that are open. */
export const PipelineHealth = () => {
  const { value } = useAnswer('/v1/alerts', { query: { state: 'open', limit: 500 } });
  if (value === null) return null;
  const open = value.alerts.filter(({ event }) => OF_PIPELINE.has(event));
  return (
    <ul class="plain chips" aria-label="health of the pipeline">
      {open.length === 0 && (
        <li>
          <Badge tone="good">Sound</Badge> <a href={linkTo('pipeline')}>The pipeline</a>
        </li>
      )}
      {open.map((alert) => (
        <li key={alert.key}>
          <Badge tone={alertTone(alert)}>{alert.title}</Badge> <a href={linkTo('pipeline')}>{alert.summary}</a>
        </li>
      ))}
    </ul>
  );
};
