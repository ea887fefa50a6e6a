import { useState } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { post } from '../api/ask.ts';
import { noteChange } from '../api/live.ts';
import { who } from '../api/session.ts';
import { asRefused, type Refused } from '../api/refused.ts';
import { ActButton } from '../parts/act-button.tsx';
import { Badge } from '../parts/badge.tsx';
import { Filters } from '../parts/filters.tsx';
import { Older } from '../parts/older.tsx';
import { Empty, RefusalNote, Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { alertTone, figuresText } from '../reading/alert-words.ts';
import { whyMayNot } from '../reading/may.ts';
import { linkTo } from '../route.ts';
import type { AlertView } from '../../schemas/alerts-api.ts';
import type { View, ViewProps } from './view.ts';

const DELIVERED = { sent: 'good', pending: 'wait', failing: 'bad', 'given up': 'bad' } as const;

const Deliveries = ({ deliveries }: Pick<AlertView, 'deliveries'>) => (
  <ul class="chips small" aria-label="receivers">
    {deliveries.map(({ receiver, state, error, attempts }) => (
      <li key={receiver}>
        <Badge tone={DELIVERED[state]}>{state}</Badge> {receiver}
        {error !== null && (
          <span class="muted">
            {' '}
            {error} ({attempts} attempts)
          </span>
        )}
      </li>
    ))}
  </ul>
);

const Acknowledge = ({ alert }: { alert: AlertView }) => {
  const [refused, setRefused] = useState<Refused | null>(null);
  const { acknowledged, state, key } = alert;
  if (acknowledged !== null)
    return (
      <p class="muted small">
        {acknowledged.by} sees to it, since <When atMs={acknowledged.atMs} />
      </p>
    );
  if (state !== 'open') return null;
  const mayNot = whyMayNot('/v1/alerts/:key/acknowledge', who.value);
  const send = async (): Promise<void> => {
    try {
      await post('/v1/alerts/:key/acknowledge', { params: { key } });
      noteChange();
    } catch (error) {
      setRefused(asRefused(error));
    }
  };
  return (
    <div class="buttons">
      <ActButton why={mayNot} onAct={() => void send()}>
        I see to it
      </ActButton>
      {mayNot !== null && <span class="muted small">{mayNot}</span>}
      {refused !== null && <RefusalNote refused={refused} />}
    </div>
  );
};

const Card = ({ alert }: { alert: AlertView }) => (
  <article class="card">
    <div class="card-head">
      <h2>{alert.title}</h2>
      <span class="muted small">
        {alert.agent ?? 'all agents'} · since <When atMs={alert.sinceMs} />
        {alert.endedAtMs !== null && (
          <>
            , over <When atMs={alert.endedAtMs} />
          </>
        )}
      </span>
      <Badge tone={alertTone(alert)}>{alert.state === 'open' ? alert.severity : alert.state}</Badge>
    </div>
    <p>{alert.summary}</p>
    <p class="muted small">
      {figuresText(alert)}{' '}
      {alert.rollout !== null && alert.rollout !== '' && (
        <a href={linkTo('rollouts', [alert.rollout])}>{alert.rollout}</a>
      )}
    </p>
    {alert.deliveries.length > 0 && <Deliveries deliveries={alert.deliveries} />}
    <Acknowledge alert={alert} />
  </article>
);

const STATES = ['all', 'open', 'ended'] as const;

const Alerts = ({ query }: ViewProps) => {
  const { agent, cursor } = query;
  const answer = useAnswer('/v1/alerts', {
    query: {
      state: STATES.find((state) => state === query['state']) ?? 'all',
      limit: 50,
      agent,
      cursor,
    },
  });
  return (
    <>
      <h1>Alerts</h1>
      <Filters
        view="alerts"
        query={query}
        fields={[
          { name: 'state', label: 'State', options: STATES },
          { name: 'agent', label: 'Agent' },
        ]}
      />
      <Shown of={answer}>
        {({ alerts, next }) =>
          alerts.length === 0 ? (
            <Empty title="No alert like that">
              An <code>Alerting</code> document says who is told of what: docs/alerts.md.
            </Empty>
          ) : (
            <div class="cards">
              {alerts.map((alert) => (
                <Card key={`${alert.key} ${alert.openedAtMs}`} alert={alert} />
              ))}
              <Older view="alerts" query={query} next={next} />
            </div>
          )
        }
      </Shown>
    </>
  );
};

export const alerts: View = { name: 'alerts', title: 'Alerts', Page: Alerts };
