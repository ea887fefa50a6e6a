import { Scroll } from '../parts/scroll.tsx';
import { useAnswer } from '../api/answer.ts';
import { Badge } from '../parts/badge.tsx';
import { Filters } from '../parts/filters.tsx';
import { Older } from '../parts/older.tsx';
import { Empty, Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { linkTo } from '../route.ts';
import { valueText } from '../../schemas/sentence/figures.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';
import type { Outcome } from '../../schemas/exchange.ts';
import type { ExchangeSummary } from '../../schemas/store-api.ts';
import { ExchangePage } from './exchange-page.tsx';
import type { View, ViewProps } from './view.ts';

const OUTCOMES = ['', 'ok', 'client_error', 'upstream_error', 'upstream_timeout', 'truncated', 'client_abort'];

/** Of an id its end: ids of one ingress begin alike. */
const TOLD_CHARACTERS = 12;

/** All of them behind a click, and by itself the one that was asked for. */
const Scores = ({ scores, metric }: Pick<ExchangeSummary, 'scores'> & { metric: string }) => {
  const asked = scores[metric];
  return (
    <details class="figures">
      <summary>
        {asked === undefined
          ? `${Object.keys(scores).length} score${Object.keys(scores).length === 1 ? '' : 's'}`
          : `${metricWords(metric).noun} ${valueText(metric, asked)}`}
      </summary>
      <ul class="chips">
        {Object.entries(scores).map(([name, value]) => (
          <li key={name}>
            {metricWords(name).noun} {valueText(name, value)}
          </li>
        ))}
      </ul>
    </details>
  );
};

const Row = ({ exchange, metric }: { exchange: ExchangeSummary; metric: string }) => {
  const { exchangeId, asked, agent, servedVersion, assignedArm, outcome, latencyMs, scores, finishedAtMs, slices } =
    exchange;
  return (
    <tr>
      <th scope="row">
        {asked !== '' && <span class="asked">{asked}</span>}
        <a href={linkTo('exchanges', [exchangeId])}>…{exchangeId.slice(-TOLD_CHARACTERS)}</a>
        <span class="muted small">
          <When atMs={finishedAtMs} />
        </span>
      </th>
      <td>
        {agent} {servedVersion}
        <span class="muted small">{assignedArm}</span>
      </td>
      <td>
        <Badge tone={outcome === 'ok' ? 'good' : outcome === 'client_abort' ? 'calm' : 'bad'}>
          {outcome.replace('_', ' ')}
        </Badge>
      </td>
      <td class="number roomy">{valueText('latency', latencyMs / 1_000)}</td>
      <td class="roomy">
        <Scores scores={scores} metric={metric} />
      </td>
      <td class="roomy muted small">
        {Object.entries(slices)
          .map(([label, value]) => `${label}=${value}`)
          .join(', ')}
      </td>
    </tr>
  );
};

const askedOf = ({ metric, below, above, outcome, ...query }: Readonly<Record<string, string>>) => ({
  limit: 50,
  agent: query['agent'],
  rollout: query['rollout'],
  version: query['version'],
  slice: query['slice'],
  since: query['since'],
  outcome: outcome as Outcome | undefined,
  metric,
  below: metric === undefined ? undefined : below,
  above: metric === undefined ? undefined : above,
  cursor: query['cursor'],
});

const List = ({ query }: { query: Readonly<Record<string, string>> }) => {
  const answer = useAnswer('/v1/exchanges', { query: askedOf(query) });
  return (
    <>
      <h1>Exchanges</h1>
      <Filters
        view="exchanges"
        query={query}
        fields={[
          { name: 'agent', label: 'Agent' },
          { name: 'version', label: 'Version' },
          { name: 'outcome', label: 'Outcome', options: OUTCOMES },
          { name: 'metric', label: 'Metric' },
          { name: 'below', label: 'below' },
          { name: 'above', label: 'above' },
          { name: 'slice', label: 'Slice' },
        ]}
      />
      <Shown of={answer}>
        {({ exchanges, next }) =>
          exchanges.length === 0 ? (
            <Empty title="No exchange like that is kept">
              Those of the last days are, as far as the agent’s policy keeps them: docs/ingress-policy.md.
            </Empty>
          ) : (
            <Scroll label="exchanges" isCard>
              <table class="wide">
                <thead>
                  <tr>
                    <th scope="col">Exchange</th>
                    <th scope="col">Answered by</th>
                    <th scope="col">Outcome</th>
                    <th scope="col" class="number roomy">
                      Took
                    </th>
                    <th scope="col" class="roomy">
                      Scores
                    </th>
                    <th scope="col" class="roomy">
                      Slices
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {exchanges.map((exchange) => (
                    <Row key={exchange.exchangeId} exchange={exchange} metric={query['metric'] ?? ''} />
                  ))}
                </tbody>
              </table>
              <Older view="exchanges" query={query} next={next} />
            </Scroll>
          )
        }
      </Shown>
    </>
  );
};

const Exchanges = ({ rest: [id], query }: ViewProps) =>
  id === undefined ? <List query={query} /> : <ExchangePage key={id} id={id} />;

export const exchanges: View = { name: 'exchanges', title: 'Exchanges', Page: Exchanges };
