import type { RolloutView } from '../../schemas/controller-api.ts';
import { CONTROLLER } from '../../schemas/actor.ts';
import { countText } from '../../schemas/sentence/figures.ts';
import { boundText, gaugesOf, limitCountText, limitsByUrgency, limitStanding, limitText } from '../reading/limits.ts';
import { Badge } from './badge.tsx';
import { isOver } from '../reading/verdict.ts';
import { MetricName } from './metric-name.tsx';
import { Scroll } from './scroll.tsx';
import { When } from './when.tsx';

type Limit = RolloutView['limits'][number];

const Name = ({ limit: { of, name } }: { limit: Limit }) =>
  of === 'metric' ? (
    <MetricName metric={name} />
  ) : (
    <span class="metric-name">
      <span>{name}</span>
      <span class="muted small">outside gauge</span>
    </span>
  );

/** What the value is of: so many answers, or posted then. */
const Of = ({ limit }: { limit: Limit }) =>
  limit.atMs === null ? <>{limitCountText(limit) && `n = ${limitCountText(limit)}`}</> : <When atMs={limit.atMs} />;

const LimitTable = ({ rollout }: { rollout: RolloutView }) => (
  <table class="limits">
    <thead>
      <tr>
        <th scope="col">Limit</th>
        <th scope="col" class="roomy">
          Allowed
        </th>
        <th scope="col" class="number">
          {rollout.candidate ?? 'Now'}
        </th>
        <th scope="col">Stands</th>
      </tr>
    </thead>
    <tbody>
      {limitsByUrgency(rollout.limits).map((limit) => {
        const { tone, word } = limitStanding(limit, rollout);
        return (
          <tr key={`${limit.of} ${limit.name} ${limit.side}`}>
            <th scope="row">
              <Name limit={limit} />
            </th>
            <td class="roomy">{boundText(limit)}</td>
            <td class="number">
              {limit.value === null ? '–' : limitText(limit, limit.value)}
              <span class="muted small narrow">{boundText(limit)}</span>
              <span class="muted small">
                <Of limit={limit} />
              </span>
            </td>
            <td>
              <Badge tone={tone}>{word}</Badge>
            </td>
          </tr>
        );
      })}
    </tbody>
  </table>
);

const Gauges = ({ gauges, isAlone }: { gauges: RolloutView['gauges']; isAlone: boolean }) => (
  <table class="limits">
    <caption class={isAlone ? 'unseen' : ''}>Outside gauges, the latest value of each</caption>
    <thead>
      <tr>
        <th scope="col">Gauge</th>
        <th scope="col" class="number">
          Latest
        </th>
        <th scope="col">When</th>
      </tr>
    </thead>
    <tbody>
      {gauges.map(({ gauge, version, value, unit, timeMs, isStale, by, problem }) => (
        <tr key={`${gauge} ${version}`}>
          <th scope="row">
            {gauge} <span class="muted small">of {version === '' ? 'the agent' : version}</span>
          </th>
          <td class="number">{value === null ? '–' : limitText({ of: 'gauge', name: gauge, unit }, value)}</td>
          <td>
            {timeMs !== null && <When atMs={timeMs} />} {isStale && <Badge tone="warn">stale</Badge>}
            <span class="muted small roomy">{by === CONTROLLER ? 'read from Prometheus' : `posted by ${by}`}</span>
            {problem !== null && <span class="small">{problem}</span>}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

/** Hard stops beside the evidence, and the numbers from outside. Nothing where there are neither. */
export const Limits = ({ rollout }: { rollout: RolloutView }) => {
  const gauges = isOver(rollout) ? [] : gaugesOf(rollout);
  const { limits } = rollout;
  if (limits.length + gauges.length === 0) return null;
  return (
    <section class="card">
      <h2>{limits.length === 0 ? 'Outside gauges' : 'Limits'}</h2>
      {limits.length > 0 && (
        <p class="muted small">
          {countText(limits.length)} hard {limits.length === 1 ? 'stop' : 'stops'} beside the evidence: whatever the
          other version does, {rollout.candidate ?? 'it'} is stopped beyond {limits.length === 1 ? 'it' : 'one of them'}
          .
        </p>
      )}
      {limits.length > 0 && (
        <Scroll label="limits">
          <LimitTable rollout={rollout} />
        </Scroll>
      )}
      {gauges.length > 0 && (
        <Scroll label="outside gauges">
          <Gauges gauges={gauges} isAlone={limits.length === 0} />
        </Scroll>
      )}
    </section>
  );
};
