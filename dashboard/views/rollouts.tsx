import { Scroll } from '../parts/scroll.tsx';
import { useAnswer } from '../api/answer.ts';
import { Badge } from '../parts/badge.tsx';
import { Empty, Shown } from '../parts/shown.tsx';
import { When } from '../parts/when.tsx';
import { proofText, reachText } from '../reading/headline.ts';
import { isOver, stateWord, verdictOf } from '../reading/verdict.ts';
import { linkTo } from '../route.ts';
import type { RolloutView } from '../../schemas/controller-api.ts';
import { RolloutPage } from './rollout-page.tsx';
import type { View, ViewProps } from './view.ts';

const Row = ({ rollout }: { rollout: RolloutView }) => {
  const verdict = verdictOf(rollout);
  const reach = reachText(rollout);
  return (
    <tr>
      <th scope="row">
        <a href={linkTo('rollouts', [rollout.id])}>{rollout.name}</a>
        <span class="muted small">
          {rollout.agent} · {rollout.stable} → {rollout.candidate ?? `${rollout.arms.length} arms`}
        </span>
      </th>
      <td>
        <Badge tone={verdict.tone}>{verdict.word}</Badge>
      </td>
      <td class="roomy">{stateWord(rollout)}</td>
      <td class="number roomy">{proofText(rollout)}</td>
      <td>
        {reach.users}
        <span class="muted small">{reach.requests}</span>
      </td>
      <td class="roomy">
        <When atMs={rollout.endedAtMs ?? rollout.startedAtMs} />
      </td>
    </tr>
  );
};

const List = () => {
  const answer = useAnswer('/v1/rollouts', { query: { limit: 200 } });
  return (
    <>
      <h1>Rollouts</h1>
      <Shown of={answer}>
        {({ rollouts }) =>
          rollouts.length === 0 ? (
            <Empty title="No rollouts yet">
              Write one (README.md, “Your own agent”), then <code>npx coalmine apply rollout.yaml</code>.
            </Empty>
          ) : (
            <Scroll label="rollouts" isCard>
              <table class="wide">
                <thead>
                  <tr>
                    <th scope="col">Rollout</th>
                    <th scope="col">Verdict</th>
                    <th scope="col" class="roomy">
                      State
                    </th>
                    <th scope="col" class="number roomy">
                      Evidence
                    </th>
                    <th scope="col">Affected</th>
                    <th scope="col" class="roomy">
                      Began, or ended
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rollouts
                    .toSorted((a, b) => Number(isOver(a)) - Number(isOver(b)) || b.startedAtMs - a.startedAtMs)
                    .map((rollout) => (
                      <Row key={rollout.id} rollout={rollout} />
                    ))}
                </tbody>
              </table>
            </Scroll>
          )
        }
      </Shown>
    </>
  );
};

const Rollouts = ({ rest: [name], query }: ViewProps) =>
  name === undefined ? <List /> : <RolloutPage key={name} name={name} query={query} />;

export const rollouts: View = { name: 'rollouts', title: 'Rollouts', Page: Rollouts };
