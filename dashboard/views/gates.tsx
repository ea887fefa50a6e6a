import { Scroll } from '../parts/scroll.tsx';
import { useAnswer } from '../api/answer.ts';
import type { AnswerTo } from '../api/contract.ts';
import { Badge } from '../parts/badge.tsx';
import { MetricName } from '../parts/metric-name.tsx';
import { Older } from '../parts/older.tsx';
import { Empty, Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { WordDiff } from '../parts/word-diff.tsx';
import { GATE_TONES } from '../reading/gate-tones.ts';
import { linkTo } from '../route.ts';
import { valueText } from '../../schemas/sentence/figures.ts';
import type { View, ViewProps } from './view.ts';

type Report = AnswerTo<'GET', '/v1/gates/:name'>;

const Criteria = ({ metrics }: Pick<Report, 'metrics'>) => (
  <Scroll label="criteria">
    <table>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">Verdict</th>
          <th scope="col" class="number">
            Baseline
          </th>
          <th scope="col" class="number">
            Version
          </th>
          <th scope="col" class="number roomy">
            n
          </th>
          <th scope="col" class="roomy">
            In words
          </th>
        </tr>
      </thead>
      <tbody>
        {metrics.map((row) => (
          <tr key={`${row.metric} ${row.slice} ${row.threshold}`}>
            <th scope="row">
              <MetricName metric={row.metric} {...(row.slice === '' ? {} : { slice: row.slice })} />
            </th>
            <td>
              <Badge tone={GATE_TONES[row.verdict]}>{row.verdict}</Badge>
            </td>
            <td class="number">{row.baseline === null ? '–' : valueText(row.metric, row.baseline)}</td>
            <td class="number">{row.candidate === null ? '–' : valueText(row.metric, row.candidate)}</td>
            <td class="number roomy">{row.n}</td>
            <td class="muted small roomy">{row.sentence === '' ? row.threshold : row.sentence}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

/** What the version was asked, and what it said in the place of what was said before. */
const WorstQuestions = ({ worst }: Pick<Report, 'worst'>) => (
  <section class="card">
    <h2>Worst questions</h2>
    {worst.length === 0 && (
      <p class="muted">
        None was filed. The gate’s own report has them: <code>npx coalmine gate --markdown report.md</code>.
      </p>
    )}
    {worst.map(({ id, question, golden, candidate, baseline, findings }) => (
      <article key={id} class="question">
        <h3>{id}</h3>
        <p class="request">{question}</p>
        {golden !== '' && <p class="muted small">Right would be: {golden}</p>}
        {baseline === null ? (
          <pre class="diff">{candidate === '' ? '(empty)' : candidate}</pre>
        ) : (
          <WordDiff from={baseline} to={candidate} />
        )}
        <ul class="plain small">
          {findings.map((finding) => (
            <li key={finding}>{finding}</li>
          ))}
        </ul>
      </article>
    ))}
    {worst.some(({ baseline }) => baseline !== null) && (
      <p class="muted small">Struck out is what the baseline answered and this version does not.</p>
    )}
  </section>
);

const OneGate = ({ name, query }: { name: string; query: Readonly<Record<string, string>> }) => {
  const { agent, version } = query;
  const answer = useAnswer('/v1/gates/:name', {
    params: { name },
    query: { agent, version },
  });
  return (
    <Shown of={answer}>
      {(gate) => (
        <>
          <div>
            <h1>
              {gate.name} <Badge tone={GATE_TONES[gate.verdict]}>{gate.verdict}</Badge>
            </h1>
            <p class="muted">
              <a href={linkTo('versions', [gate.agent, gate.version])}>
                {gate.agent} {gate.version}
              </a>{' '}
              · {gate.cases} cases · <When atMs={gate.atMs} /> · {gate.by}
            </p>
          </div>
          <section class="card">
            <p>{gate.summary}</p>
            <h2>Criteria, the worst first</h2>
            <Criteria metrics={gate.metrics} />
          </section>
          <WorstQuestions worst={gate.worst} />
        </>
      )}
    </Shown>
  );
};

const NoGates = () => (
  <Empty title="No gate has reported yet">
    <code>npx coalmine gate -f plan.yaml --label v2</code> asks a version, scores what it answers, and files what it
    found: docs/gate.md.
  </Empty>
);

const List = ({ query }: { query: Readonly<Record<string, string>> }) => {
  const { cursor } = query;
  const answer = useAnswer('/v1/gates', { query: { limit: 50, cursor } });
  return (
    <>
      <h1>Gates</h1>
      <Shown of={answer}>
        {({ gates, next }) =>
          gates.length === 0 ? (
            <NoGates />
          ) : (
            <Scroll label="gates" isCard>
              <table class="wide">
                <thead>
                  <tr>
                    <th scope="col">Gate</th>
                    <th scope="col">Version</th>
                    <th scope="col">Verdict</th>
                    <th scope="col" class="roomy">
                      Summary
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {gates.map(({ agent, version, name, verdict, summary, atMs, sequence }) => (
                    <tr key={`${agent} ${sequence}`}>
                      <th scope="row">
                        <a href={linkTo('gates', [name], { agent, version })}>{name}</a>
                        <span class="muted small">
                          <When atMs={atMs} />
                        </span>
                      </th>
                      <td>
                        {agent} {version}
                      </td>
                      <td>
                        <Badge tone={GATE_TONES[verdict]}>{verdict}</Badge>
                      </td>
                      <td class="roomy muted small">{summary}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <Older view="gates" query={query} next={next} />
            </Scroll>
          )
        }
      </Shown>
    </>
  );
};

const Gates = ({ rest: [name], query }: ViewProps) =>
  name === undefined ? <List query={query} /> : <OneGate key={name} name={name} query={query} />;

export const gates: View = { name: 'gates', title: 'Gates', Page: Gates };
