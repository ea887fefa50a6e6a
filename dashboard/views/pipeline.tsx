import { useEffect } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { noteChange } from '../api/live.ts';
import { Badge } from '../parts/badge.tsx';
import { DeadLetters } from '../parts/dead-letters.tsx';
import { SampledShare } from '../parts/sampled-share.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Shown } from '../parts/shown.tsx';
import { readsNow, ThroughputCard } from '../parts/throughput.tsx';
import { lagStanding, shortName } from '../reading/lag.ts';
import { countText, plainText, timeText } from '../../schemas/sentence/figures.ts';
import type { Lag, Throughput } from '../../schemas/pipeline-api.ts';
import type { View, ViewProps } from './view.ts';

const LOOK_EVERY_MS = 5_000;

const LagRow = ({ row, readsPerSecond }: { row: Lag; readsPerSecond: number | null }) => {
  const standing = lagStanding(row);
  return (
    <tr>
      <th scope="row">
        {shortName(row.group)}
        <span class="muted small">{row.topic}</span>
      </th>
      <td>
        <Badge tone={standing.tone}>{standing.word}</Badge>
        <span class="muted small">{standing.advice}</span>
      </td>
      <td class="number">{countText(row.behind)}</td>
      <td class="number">{row.waitedMs === null ? '–' : timeText(row.waitedMs)}</td>
      <td class="number roomy">
        {row.trendPerSecond === null ? '–' : `${row.trendPerSecond > 0 ? '+' : ''}${plainText(row.trendPerSecond)} / s`}
      </td>
      <td class="number roomy">{readsPerSecond === null ? '–' : `${plainText(readsPerSecond)} / s`}</td>
      <td class="number roomy">{row.members}</td>
    </tr>
  );
};

const Lags = ({ lag, throughput }: { lag: readonly Lag[]; throughput: Throughput | null }) => (
  <Scroll label="how far behind">
    <table>
      <thead>
        <tr>
          <th scope="col">Who reads what</th>
          <th scope="col">How it stands</th>
          <th scope="col" class="number">
            Behind
          </th>
          <th scope="col" class="number">
            Oldest waits
          </th>
          <th scope="col" class="number roomy">
            Trend
          </th>
          <th scope="col" class="number roomy">
            Reads
          </th>
          <th scope="col" class="number roomy">
            Members
          </th>
        </tr>
      </thead>
      <tbody>
        {lag.map((row) => (
          <LagRow
            key={`${row.group} ${row.topic}`}
            row={row}
            readsPerSecond={readsNow(throughput, row.group, row.topic)}
          />
        ))}
      </tbody>
    </table>
  </Scroll>
);

const Pipeline = ({ query }: ViewProps) => {
  const answer = useAnswer('/v1/lag', {});
  useEffect(() => {
    // No event says that records were read.
    const timer = setInterval(noteChange, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const throughput = useAnswer('/v1/throughput', {});
  return (
    <>
      <h1>Pipeline</h1>
      <section class="card">
        <h2>How far behind</h2>
        <Shown of={answer}>{({ lag }) => <Lags lag={lag} throughput={throughput.value} />}</Shown>
      </section>
      <section class="card">
        <h2>Throughput</h2>
        <Shown of={throughput}>{(told) => <ThroughputCard throughput={told} query={query} />}</Shown>
      </section>
      <SampledShare query={query} />
      <DeadLetters query={query} />
    </>
  );
};

export const pipeline: View = { name: 'pipeline', title: 'Pipeline', Page: Pipeline };
