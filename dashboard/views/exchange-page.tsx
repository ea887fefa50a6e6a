import { useAnswer } from '../api/answer.ts';
import { LongText } from '../parts/long-text.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { bodyText } from '../reading/body-text.ts';
import { pairText } from '../reading/shadows.ts';
import { linkTo } from '../route.ts';
import { plainText, valueText } from '../../schemas/sentence/figures.ts';
import type { AnswerTo } from '../api/contract.ts';
import type { Body } from '../../schemas/exchange.ts';
import type { Excerpt } from '../../schemas/store-api.ts';
import { MetricName } from '../parts/metric-name.tsx';

type Whole = AnswerTo<'GET', '/v1/exchanges/:id'>;

/** What was said, as one reads it, and behind a click the body as it came. */
const Text = ({ title, said, body }: { title: string; said: Excerpt; body: Body }) => (
  <section class="card">
    <h2>
      {title}{' '}
      <span class="muted small">
        {body.state}, {body.sizeBytes} bytes
      </span>
    </h2>
    <LongText>
      {said.text === '' ? '(not kept)' : said.text}
      {said.isCut && ' …'}
    </LongText>
    {body.text !== '' && (
      <details class="figures">
        <summary>The body as it came</summary>
        <LongText>{bodyText(body.text)}</LongText>
      </details>
    )}
  </section>
);

const Scores = ({ scores }: Pick<Whole, 'scores'>) => (
  <Scroll label="Scores">
    <table>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">Of</th>
          <th scope="col" class="number">
            Value
          </th>
          <th scope="col">Judge, and why</th>
        </tr>
      </thead>
      <tbody>
        {scores.map((score) => (
          <tr key={`${score.metric} ${score.shadowId} ${score.judge}`}>
            <th scope="row">
              <MetricName metric={score.metric} />
            </th>
            <td>{score.kind}</td>
            <td class="number">
              {score.value === null
                ? score.status.replace('_', ' ')
                : score.liveValue === null
                  ? valueText(score.metric, score.value)
                  : pairText(score)}
            </td>
            <td class="muted small">
              {score.judge} {score.reason}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

const Facts = ({ exchange, decision }: Whole) => (
  <dl class="pairs">
    <dt>Answered by</dt>
    <dd>
      <a href={linkTo('versions', [exchange.agent, exchange.servedVersion])}>
        {exchange.agent} {exchange.servedVersion}
      </a>
      , by {exchange.assignment}
      {exchange.fallbackReason !== null && `, in place of ${exchange.assignedVersion}: ${exchange.fallbackReason}`}
    </dd>
    <dt>Outcome</dt>
    <dd>
      {exchange.outcome.replace('_', ' ')}, status {exchange.status}, {valueText('latency', exchange.latencyMs / 1_000)}
    </dd>
    <dt>Tokens, cost</dt>
    <dd>
      {exchange.promptTokens ?? '–'} in, {exchange.completionTokens ?? '–'} out
      {exchange.costUsd !== null && `, $${plainText(exchange.costUsd)}`}
    </dd>
    <dt>Slices</dt>
    <dd>
      {Object.entries(exchange.slices)
        .map(([label, value]) => `${label}=${value}`)
        .join(', ') || '–'}
    </dd>
    <dt>Decision in force</dt>
    <dd>
      {decision === null ? '–' : decision.sentence}{' '}
      {exchange.rollout !== '' && <a href={linkTo('rollouts', [exchange.rollout])}>{exchange.rollout}</a>}
    </dd>
  </dl>
);

const Feedback = ({ feedback }: Pick<Whole, 'feedback'>) =>
  feedback.length === 0 ? null : (
    <section class="card">
      <h2>Feedback</h2>
      <ul class="plain">
        {feedback.map((said) => (
          <li key={said.feedbackId}>
            {said.thumbs !== null && <strong>thumbs {said.thumbs} </strong>}
            {said.rating !== null && <strong>{said.rating} of 5 </strong>}
            <When atMs={said.receivedAtMs} /> {said.comment}
          </li>
        ))}
      </ul>
    </section>
  );

/** Everything about one exchange. */
export const ExchangePage = ({ id }: { id: string }) => {
  const answer = useAnswer('/v1/exchanges/:id', { params: { id } });
  return (
    <Shown of={answer}>
      {(whole) => (
        <>
          <div>
            <h1>Exchange</h1>
            <p class="muted">
              <code>{id}</code> · <When atMs={whole.exchange.finishedAtMs} />
            </p>
          </div>
          <section class="card">
            <Facts {...whole} />
          </section>
          <div class="columns">
            <Text title="Request" said={whole.asked} body={whole.exchange.requestBody} />
            <Text title="Answer" said={whole.answered} body={whole.exchange.responseBody} />
          </div>
          {whole.shadows.map((shadow) => (
            <Text
              key={shadow.shadowId}
              title={`${shadow.kind === 'noise' ? 'Once more' : 'Shadow'}: ${shadow.version}`}
              said={shadow.answer}
              body={shadow.responseBody}
            />
          ))}
          <section class="card">
            <h2>Scores</h2>
            {whole.scores.length === 0 ? <p class="muted">It is not judged yet.</p> : <Scores scores={whole.scores} />}
          </section>
          <Feedback feedback={whole.feedback} />
        </>
      )}
    </Shown>
  );
};
