import { useAnswer } from '../api/answer.ts';
import { sampledOf, sampledText } from '../reading/sampling.ts';
import { shareText } from '../../schemas/sentence/figures.ts';
import { Chart } from './chart.tsx';
import { Choice } from './choice.tsx';
import { now } from './clock.ts';
import { Shown } from './shown.tsx';

const SPAN_MS = 3_600_000;
/** The beginning moves on by so much at once: each place of it is another question. */
const STEP_MS = 300_000;

/** What part of one agent's answers is judged and mirrored, over the last hour. */
const OfAgent = ({ agent }: { agent: string }) => {
  const since = Math.floor((now.value - SPAN_MS) / STEP_MS) * STEP_MS;
  const live = useAnswer('/v1/windows', { query: { agent, since, metric: 'judged', kind: 'live', slice: undefined } });
  const shadows = useAnswer('/v1/windows', {
    query: { agent, since, metric: 'judged', kind: 'shadow', slice: undefined },
  });
  const models = useAnswer('/v1/windows', {
    query: { agent, since, metric: 'judged_by_models', kind: 'live', slice: undefined },
  });
  return (
    <Shown of={live}>
      {(told) => {
        const sampled = sampledOf(told, models.value ?? { series: [] }, shadows.value ?? { series: [] });
        const { timesMs, rules, models: byModels, mirrored } = sampled;
        return (
          <>
            <p>{sampledText(sampled)}</p>
            {timesMs.length > 1 && (
              <Chart
                title={`Share of ${agent}’s answers: judged by rules, red by models of those planned for them, dashed mirrored`}
                plotted={{
                  timesMs,
                  format: shareText,
                  lines: [
                    { label: 'judged by rules', values: rules, color: 'accent' },
                    { label: 'by models, of those planned', values: byModels, color: 'bad' },
                    { label: 'mirrored', values: mirrored, color: 'muted', isDashed: true },
                  ],
                }}
              />
            )}
          </>
        );
      }}
    </Shown>
  );
};

/** How much is looked at, of the agent that the address names, or of the first one. */
export const SampledShare = ({ query }: { query: Readonly<Record<string, string>> }) => {
  const agents = useAnswer('/v1/agents', {});
  return (
    <section class="card">
      <h2>How much is judged and mirrored</h2>
      <Shown of={agents}>
        {({ agents: all }) => {
          const shown = all.find(({ name }) => name === query['agent']) ?? all.find(({ rollout }) => rollout) ?? all[0];
          if (shown === undefined) return <p class="muted">There is no agent yet.</p>;
          return (
            <>
              <Choice
                label="Agent"
                view="pipeline"
                query={query}
                name="agent"
                value={shown.name}
                options={all.map(({ name }) => ({ value: name, text: name }))}
              />
              <OfAgent key={shown.name} agent={shown.name} />
            </>
          );
        }}
      </Shown>
    </section>
  );
};
