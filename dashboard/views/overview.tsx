import { useAnswer } from '../api/answer.ts';
import { ActionBar } from '../parts/action-bar.tsx';
import { Badge } from '../parts/badge.tsx';
import { PipelineHealth } from '../parts/pipeline-health.tsx';
import { RolloutFacts } from '../parts/rollout-facts.tsx';
import { Empty, Shown } from '../parts/shown.tsx';
import { Way } from '../parts/way.tsx';
import { When } from '../parts/when.tsx';
import { answersThatShow } from '../reading/regressions.ts';
import { legsOf } from '../reading/stages.ts';
import { verdictOf } from '../reading/verdict.ts';
import { linkTo } from '../route.ts';
import type { AgentView, RolloutView } from '../../schemas/controller-api.ts';
import type { View } from './view.ts';

const UnderWay = ({ rollout }: { rollout: RolloutView }) => {
  const legs = legsOf(rollout);
  return (
    <>
      {legs.length > 0 && <Way legs={legs} />}
      <RolloutFacts rollout={rollout} />
      <p class="sentence">{rollout.sentence}</p>
    </>
  );
};

const Resting = ({ last }: { last: RolloutView | undefined }) =>
  last === undefined ? (
    <p class="muted">Nothing has been released yet.</p>
  ) : (
    <p>
      Nothing is being released. Last: <a href={linkTo('rollouts', [last.id])}>{last.name}</a>,{' '}
      <span class={`word ${verdictOf(last).tone}`}>{verdictOf(last).word.toLowerCase()}</span>, {verdictOf(last).detail}
      {last.endedAtMs !== null && (
        <>
          , <When atMs={last.endedAtMs} />
        </>
      )}
      .
    </p>
  );

/** The rollout that put the version in service there, where its end is the last thing that happened: it can be taken back. */
const promotionOf = (agent: AgentView, last: RolloutView | undefined): RolloutView | null =>
  last?.state === 'promoted' && agent.rollout === null && last.candidate === agent.stable ? last : null;

/** That the version in service is worse than its own past, where that shows, and the way back. */
const Regressions = ({ agent, last }: { agent: AgentView; last: RolloutView | undefined }) => {
  const promotion = promotionOf(agent, last);
  return (
    <div class="note bad" role="group" aria-label="regressions in service">
      {agent.regressions.map((regression) => (
        <p key={`${regression.metric} ${regression.slice}`}>
          <strong>{regression.sentence}</strong>{' '}
          <a href={linkTo('exchanges', [], answersThatShow(agent.name, regression))}>Answers that show it</a>
        </p>
      ))}
      <p>
        <a href={linkTo('alerts', [], { agent: agent.name, state: 'open' })}>Who was told</a>
        {promotion === null && agent.rollout !== null && ' · a rollout is under way: finish or abort it first'}
        {promotion === null && agent.rollout === null && (
          <>
            {' '}
            · back to another version: <code>npx coalmine rollback {agent.name}</code>
          </>
        )}
      </p>
      {promotion !== null && <ActionBar rollout={promotion} steps={['rollback']} />}
    </div>
  );
};

const AgentCard = ({ agent, rollouts }: { agent: AgentView; rollouts: readonly RolloutView[] }) => {
  const own = rollouts
    .filter((rollout) => rollout.agent === agent.name)
    .toSorted((a, b) => b.startedAtMs - a.startedAtMs);
  const current = own.find(({ id }) => id === agent.rollout);
  const verdict = current === undefined ? null : verdictOf(current);
  return (
    <article class="card agent">
      <div class="card-head">
        <h2>{agent.name}</h2>
        <span class="muted">
          {agent.stable === null ? (
            'no version in service'
          ) : (
            <>
              <a href={linkTo('versions', [agent.name, agent.stable])}>{agent.stable}</a> in service
            </>
          )}
        </span>
        {agent.regressions.length > 0 && <Badge tone="bad">Worse in service</Badge>}
        {verdict !== null && <Badge tone={verdict.tone}>{verdict.word}</Badge>}
      </div>
      {agent.regressions.length > 0 && <Regressions agent={agent} last={own[0]} />}
      {current === undefined ? <Resting last={own[0]} /> : <UnderWay rollout={current} />}
    </article>
  );
};

const URGENCY = ['bad', 'warn', 'wait', 'good', 'calm'] as const;

/** What needs somebody first. */
const byUrgency = (agents: readonly AgentView[], rollouts: readonly RolloutView[]): AgentView[] => {
  const rank = (agent: AgentView): number => {
    if (agent.regressions.length > 0) return -1;
    const current = rollouts.find(({ id }) => id === agent.rollout);
    return current === undefined ? URGENCY.length : URGENCY.indexOf(verdictOf(current).tone);
  };
  return agents.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
};

const NoAgents = () => (
  <Empty title="No agents yet">
    <p>
      Describe one in a file (README.md, “Your own agent”), then <code>npx coalmine apply agent.yaml</code>. It shows up
      here by itself. <code>npm start</code> plays a story with an agent that is there already.
    </p>
  </Empty>
);

const Overview = () => {
  const agents = useAnswer('/v1/agents', {});
  const rollouts = useAnswer('/v1/rollouts', { query: { limit: 200 } });
  return (
    <>
      <h1>Overview</h1>
      <PipelineHealth />
      <Shown of={agents}>
        {({ agents }) => (
          <>
            {agents.length === 0 && <NoAgents />}
            <div class="cards">
              {byUrgency(agents, rollouts.value?.rollouts ?? []).map((agent) => (
                <AgentCard key={agent.name} agent={agent} rollouts={rollouts.value?.rollouts ?? []} />
              ))}
            </div>
          </>
        )}
      </Shown>
    </>
  );
};

export const overview: View = { name: 'overview', title: 'Overview', Page: Overview };
