import { useAnswer } from '../api/answer.ts';
import { Filters } from '../parts/filters.tsx';
import { Empty, Shown } from '../parts/shown.tsx';
import { Older } from '../parts/older.tsx';
import { When } from '../parts/when.tsx';
import { WordDiff } from '../parts/word-diff.tsx';
import { gainOf, pairText, shadowHeadline } from '../reading/shadows.ts';
import { linkTo } from '../route.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';
import type { ShadowSummary } from '../../schemas/store-api.ts';
import type { View, ViewProps } from './view.ts';

const Scores = ({ scores }: Pick<ShadowSummary, 'scores'>) => (
  <ul class="chips" aria-label="scores, live and shadow">
    {scores.flatMap((score) => {
      if (score.status !== 'scored') return [];
      const gain = gainOf(score) ?? 0;
      return [
        <li key={score.metric} class={gain < 0 ? 'worse' : gain > 0 ? 'better' : 'muted'}>
          {metricWords(score.metric).noun} {pairText(score)}
        </li>,
      ];
    })}
  </ul>
);

const Differences = ({ differences }: Pick<ShadowSummary, 'differences'>) => {
  const calls = differences.filter((path) => path.startsWith('tool_calls'));
  return calls.length === 0 ? null : (
    <p class="small">
      Tool calls differ at{' '}
      {calls.map((path) => (
        <code key={path}>{path} </code>
      ))}
    </p>
  );
};

const Pair = ({ shadow }: { shadow: ShadowSummary }) => (
  <article class="card">
    <div class="card-head">
      <h2>
        <a href={linkTo('exchanges', [shadow.exchangeId])}>
          {shadow.worst === null ? 'Not judged yet' : `Worst in ${metricWords(shadow.worst.metric).noun}`}
        </a>
      </h2>
      <span class="muted small">
        {shadow.agent} · {shadow.version} beside the live answer · <When atMs={shadow.replayedAtMs} />
      </span>
    </div>
    {shadow.request !== null && <p class="request">{shadow.request.text}</p>}
    <WordDiff from={shadow.live?.text ?? ''} to={shadow.answer.text} />
    <Differences differences={shadow.differences} />
    <Scores scores={shadow.scores} />
  </article>
);

const Headlines = ({ name }: { name: string }) => {
  const { value } = useAnswer('/v1/rollouts', { query: { limit: 50 } });
  const shown = (value?.rollouts ?? []).filter(
    ({ id, metrics }) => (name === '' || id === name) && metrics.some(({ pairsWorse }) => pairsWorse !== null),
  );
  const headlines = shown
    .map((rollout) => ({ id: rollout.id, ...shadowHeadline(rollout) }))
    .toSorted((a, b) => Number(b.isWorse) - Number(a.isWorse));
  return (
    <>
      {headlines.map(({ id, isWorse, text }) => (
        <p key={id} class={isWorse ? 'headline' : 'muted'}>
          {isWorse ? <span class="word bad">{text}</span> : text} <a href={linkTo('rollouts', [id])}>{id}</a>
        </p>
      ))}
    </>
  );
};

const Shadows = ({ query }: ViewProps) => {
  const { rollout = '', metric = '', order = 'worst', cursor } = query;
  const answer = useAnswer('/v1/shadows', {
    query: {
      rollout,
      metric,
      order: order === 'newest' ? 'newest' : 'worst',
      limit: 20,
      cursor,
    },
  });
  return (
    <>
      <h1>Shadow</h1>
      <Headlines name={rollout} />
      <Filters
        view="shadows"
        query={query}
        fields={[
          { name: 'rollout', label: 'Rollout (id)' },
          { name: 'metric', label: 'Metric' },
          { name: 'order', label: 'Order', options: ['worst', 'newest'] },
        ]}
      />
      <Shown of={answer}>
        {({ shadows, next }) =>
          shadows.length === 0 ? (
            <Empty title="No shadow has answered">
              A rollout with <code>shadow</code> has the candidate answer copies of requests: docs/rollouts.md.
            </Empty>
          ) : (
            <div class="cards">
              {shadows.map((shadow) => (
                <Pair key={shadow.shadowId} shadow={shadow} />
              ))}
              <Older view="shadows" query={query} next={next} />
            </div>
          )
        }
      </Shown>
    </>
  );
};

export const shadows: View = { name: 'shadows', title: 'Shadow', Page: Shadows };
