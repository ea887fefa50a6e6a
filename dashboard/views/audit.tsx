import { useAnswer } from '../api/answer.ts';
import { Decisions } from '../parts/decisions.tsx';
import { Empty, Shown } from '../parts/shown.tsx';
import { linkTo } from '../route.ts';
import type { View, ViewProps } from './view.ts';

const OfAgent = ({ agent, by }: { agent: string; by: string }) => {
  const answer = useAnswer('/v1/decisions', { query: { agent, limit: 500 } });
  return (
    <section class="card">
      <Shown of={answer}>
        {({ decisions }) => <Decisions decisions={decisions.filter((one) => one.by.includes(by))} />}
      </Shown>
    </section>
  );
};

const Audit = ({ query }: ViewProps) => {
  const agents = useAnswer('/v1/agents', {});
  const { by = '' } = query;
  return (
    <>
      <h1>Audit</h1>
      <Shown of={agents}>
        {({ agents }) => {
          const agent = query['agent'] ?? agents[0]?.name;
          if (agent === undefined)
            return <Empty title="Nothing has been decided yet">Apply an agent; each step then stands here.</Empty>;
          return (
            <>
              <div class="filters">
                <label class="inline">
                  Agent
                  <select
                    value={agent}
                    onChange={(event) => {
                      window.location.hash = linkTo('audit', [], { agent: event.currentTarget.value, by });
                    }}
                  >
                    {agents.map(({ name }) => (
                      <option key={name} value={name}>
                        {name}
                      </option>
                    ))}
                  </select>
                </label>
                <label class="inline">
                  By whom
                  <input
                    type="search"
                    value={by}
                    placeholder="anybody"
                    onChange={(event) => {
                      window.location.hash = linkTo('audit', [], { agent, by: event.currentTarget.value });
                    }}
                  />
                </label>
              </div>
              <OfAgent key={agent} agent={agent} by={by} />
            </>
          );
        }}
      </Shown>
    </>
  );
};

export const audit: View = { name: 'audit', title: 'Audit', Page: Audit };
