import { plainText } from '../../schemas/sentence/figures.ts';
import type { Throughput } from '../../schemas/pipeline-api.ts';
import { shortName } from '../reading/lag.ts';
import { Chart } from './chart.tsx';
import { Choice } from './choice.tsx';

const nameOf = ({ group, topic }: { group: string; topic: string }): string => `${group} ${topic}`;

/** Records a second over time, of the reader that the address names: what it reads, beside what is written for it. */
export const ThroughputCard = ({
  throughput: { timesMs, topics, groups },
  query,
}: {
  throughput: Throughput;
  query: Readonly<Record<string, string>>;
}) => {
  const chosen = groups.find((group) => nameOf(group) === query['of']) ?? groups[0];
  if (chosen === undefined || timesMs.length < 2)
    return <p class="muted">There is a line once this controller has looked three times, after half a minute.</p>;
  const written = topics.find(({ topic }) => topic === chosen.topic)?.perSecond ?? timesMs.map(() => null);
  return (
    <>
      <Choice
        label="Who reads what"
        view="pipeline"
        query={query}
        name="of"
        value={nameOf(chosen)}
        options={groups.map((group) => ({
          value: nameOf(group),
          text: `${shortName(group.group)} from ${shortName(group.topic)}`,
        }))}
      />
      <Chart
        title={`Records a second: ${shortName(chosen.group)} from ${shortName(chosen.topic)}; dashed, what is written there`}
        plotted={{
          timesMs,
          format: plainText,
          lines: [
            { label: 'written', values: written, color: 'muted', isDashed: true },
            { label: 'read', values: chosen.perSecond, color: 'accent' },
          ],
        }}
      />
    </>
  );
};

/** How many records a second somebody reads now; null where nobody knows. */
export const readsNow = (throughput: Throughput | null, group: string, topic: string): number | null =>
  throughput?.groups.find((one) => one.group === group && one.topic === topic)?.perSecond.at(-1) ?? null;
