import { useAnswer } from '../api/answer.ts';
import { Badge } from '../parts/badge.tsx';
import { ArmsTable } from '../parts/arms-table.tsx';
import { Empty, Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { stateWord, verdictOf } from '../reading/verdict.ts';
import { linkTo } from '../route.ts';
import type { RolloutView } from '../../schemas/controller-api.ts';
import { plainText } from '../../schemas/sentence/figures.ts';
import type { View } from './view.ts';

const Arms = ({ arms }: { arms: RolloutView['arms'] }) => (
  <ul class="arms" aria-label="arms">
    {arms.map(({ name, version, weightPct }) => (
      <li key={name}>
        <strong>{name}</strong> <span class="muted small">{version}</span> {plainText(weightPct)} %
      </li>
    ))}
  </ul>
);

const Card = ({ rollout }: { rollout: RolloutView }) => {
  const verdict = verdictOf(rollout);
  return (
    <article class="card">
      <div class="card-head">
        <h2>
          <a href={linkTo('rollouts', [rollout.id])}>{rollout.name}</a>
        </h2>
        <span class="muted">
          {rollout.agent} · {stateWord(rollout)} · began <When atMs={rollout.startedAtMs} />
        </span>
        <Badge tone={verdict.tone}>{verdict.word}</Badge>
      </div>
      <Arms arms={rollout.arms} />
      <p class="sentence">{rollout.sentence}</p>
      <ArmsTable
        title={`metrics of ${rollout.name}`}
        rollout={rollout}
        chosen={null}
        hrefOf={({ metric, slice, arm }) => linkTo('rollouts', [rollout.id], { metric, slice, arm: arm ?? '' })}
      />
    </article>
  );
};

const Experiments = () => {
  const answer = useAnswer('/v1/rollouts', { query: { limit: 500 } });
  return (
    <>
      <h1>Experiments</h1>
      <Shown of={answer}>
        {({ rollouts }) => {
          const own = rollouts
            .filter(({ strategy }) => strategy === 'ab')
            .toSorted((a, b) => b.startedAtMs - a.startedAtMs);
          return own.length === 0 ? (
            <Empty title="No experiments">
              A Rollout with <code>strategy: ab</code> and a goal is one: docs/rollouts.md.
            </Empty>
          ) : (
            <div class="cards">
              {own.map((rollout) => (
                <Card key={rollout.id} rollout={rollout} />
              ))}
            </div>
          );
        }}
      </Shown>
    </>
  );
};

export const experiments: View = { name: 'experiments', title: 'Experiments', Page: Experiments };
