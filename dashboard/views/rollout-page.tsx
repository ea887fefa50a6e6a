import { useState } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { ActionBar } from '../parts/action-bar.tsx';
import { Badge } from '../parts/badge.tsx';
import { Decisions } from '../parts/decisions.tsx';
import { EvidenceCharts } from '../parts/evidence-charts.tsx';
import { Harm } from '../parts/harm.tsx';
import { ArmsTable } from '../parts/arms-table.tsx';
import { Limits } from '../parts/limits.tsx';
import { type Chosen, MetricTable } from '../parts/metric-table.tsx';
import { RolloutFacts } from '../parts/rollout-facts.tsx';
import { Shown } from '../parts/shown.tsx';
import { Telemetry } from '../parts/telemetry.tsx';
import { Way } from '../parts/way.tsx';
import { When } from '../parts/when.tsx';
import { ALL } from '../../schemas/whole-slice.ts';
import { armIn } from '../reading/arms.ts';
import { metricGroups } from '../reading/metric-rows.ts';
import { legsOf } from '../reading/stages.ts';
import { stateWord, verdictOf } from '../reading/verdict.ts';
import { linkTo } from '../route.ts';
import type { RolloutView } from '../../schemas/controller-api.ts';
import type { Evidence as EvidenceRow } from '../../schemas/decision.ts';
import { metricWords } from '../../schemas/sentence/metric-words.ts';

/** Of the address, else the most suspicious metric, or an experiment's goal. */
const chosenOf = (rollout: RolloutView, query: Readonly<Record<string, string>>): Chosen | null => {
  const { live, shadow } = metricGroups(rollout.metrics);
  const first = rollout.experiment === null ? (live[0] ?? shadow[0]) : rollout.metrics[0];
  const { metric = first?.metric, slice = ALL } = query;
  if (metric === undefined) return null;
  const own = rollout.metrics.filter((entry) => entry.metric === metric && entry.slice === slice);
  return { metric, slice, arm: armIn(own, query['arm']) };
};

const STRATEGIES: Readonly<Record<string, string>> = { ab: 'experiment', bluegreen: 'blue-green' };

/** Its state, which names the strategy while it is under way. */
const whatItIs = (rollout: RolloutView): string => {
  const strategy = STRATEGIES[rollout.strategy] ?? rollout.strategy;
  const state = stateWord(rollout);
  return state.startsWith(strategy) ? state : `${strategy}, ${state}`;
};

const Head = ({ rollout }: { rollout: RolloutView }) => {
  const verdict = verdictOf(rollout);
  const { agent, startedAtMs, endedAtMs } = rollout;
  return (
    <div class="page-head">
      <div>
        <h1>
          {rollout.name} <Badge tone={verdict.tone}>{verdict.word}</Badge>
        </h1>
        <p class="muted">
          {agent} · {whatItIs(rollout)} · began <When atMs={startedAtMs} />
          {endedAtMs !== null && (
            <>
              , ended <When atMs={endedAtMs} />
            </>
          )}{' '}
          · <code>{rollout.id}</code>
        </p>
      </div>
      <ActionBar rollout={rollout} />
    </div>
  );
};

const Evidence = ({ rollout, query }: { rollout: RolloutView; query: Readonly<Record<string, string>> }) => {
  const chosen = chosenOf(rollout, query);
  const hrefOf = ({ metric, slice, arm }: Chosen): string =>
    linkTo('rollouts', [rollout.id], { metric, slice: slice === ALL ? '' : slice, arm: arm ?? '' });
  if (rollout.experiment !== null)
    return (
      <>
        <section class="card">
          <h2>Arms</h2>
          <ArmsTable title="arms" rollout={rollout} hrefOf={hrefOf} chosen={chosen} />
        </section>
        {chosen !== null && <EvidenceCharts rollout={rollout} {...chosen} />}
      </>
    );
  const { live, shadow, silent, slices } = metricGroups(rollout.metrics);
  const isBroken = rollout.limits.some(({ standing }) => standing === 'broken');
  const table = { rollout, hrefOf, chosen };
  return (
    <>
      {isBroken && <Limits rollout={rollout} />}
      <section class="card">
        <h2>Metrics</h2>
        <MetricTable title="metrics" rows={live.length === 0 ? shadow : live} {...table} />
        {silent.length > 0 && (
          <p class="muted small">
            Without data so far: {silent.map(({ metric }) => metricWords(metric).noun).join(', ')}.
          </p>
        )}
      </section>
      {!isBroken && <Limits rollout={rollout} />}
      {chosen !== null && <EvidenceCharts rollout={rollout} {...chosen} />}
      <Foldable title="Slices, worst first" rows={slices} table={table} />
      {live.length > 0 && <Foldable title="Shadow, pair by pair" rows={shadow} table={table} />}
    </>
  );
};

const SHOWN_AT_FIRST = 6;

/** A long table, of which the first rows are what one looks for. */
const Foldable = ({
  title,
  rows,
  table,
}: {
  title: string;
  rows: readonly EvidenceRow[];
  table: Omit<Parameters<typeof MetricTable>[0], 'rows' | 'title'>;
}) => {
  const [isWhole, setIsWhole] = useState(false);
  if (rows.length === 0) return null;
  return (
    <section class="card">
      <h2>{title}</h2>
      <MetricTable title={title} rows={isWhole ? rows : rows.slice(0, SHOWN_AT_FIRST)} {...table} />
      {rows.length > SHOWN_AT_FIRST && (
        <button type="button" class="quiet" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? 'Show the first ones' : `Show all ${rows.length}`}
        </button>
      )}
    </section>
  );
};

/** Everything of one rollout. */
export const RolloutPage = ({ name, query }: { name: string; query: Readonly<Record<string, string>> }) => {
  const answer = useAnswer('/v1/rollouts/:name', { params: { name } });
  const { agent = '', id = '' } = answer.value ?? {};
  return (
    <Shown of={answer}>
      {(rollout) => (
        <>
          <Head rollout={rollout} />
          <Told agent={agent} id={id} rollout={rollout} query={query} />
        </>
      )}
    </Shown>
  );
};

/** What takes the rollout's decisions to show. */
const Told = ({
  agent,
  id,
  rollout,
  query,
}: {
  agent: string;
  id: string;
  rollout: RolloutView;
  query: Readonly<Record<string, string>>;
}) => {
  const answer = useAnswer('/v1/decisions', { query: { agent, rollout: id, limit: 500 } });
  const first = answer.value?.decisions.at(-1);
  const legs = legsOf(rollout, first?.type === 'start' ? first.stage : undefined);
  return (
    <>
      <section class="card">
        {legs.length > 0 && <Way legs={legs} />}
        <RolloutFacts rollout={rollout} isOwnPage />
        <p class="sentence">{rollout.sentence}</p>
      </section>
      <Evidence rollout={rollout} query={query} />
      <div class="columns">
        <section class="card">
          <h2>Decisions</h2>
          <Shown of={answer}>{({ decisions }) => <Decisions decisions={decisions} />}</Shown>
        </section>
        <div>
          <Harm rollout={rollout} />
          <Telemetry rollout={rollout} />
        </div>
      </div>
    </>
  );
};
