import { useAnswer } from '../api/answer.ts';
import type { RolloutView } from '../../schemas/controller-api.ts';
import type { EvidenceLine } from '../../schemas/evidence-api.ts';
import type { Evidence } from '../../schemas/decision.ts';
import { plainText, strengthText } from '../../schemas/sentence/figures.ts';
import { differenceText, differenceUnit } from '../reading/metric-rows.ts';
import { Chart } from './chart.tsx';
import { Difference } from './metric-table.tsx';
import { MetricName } from './metric-name.tsx';
import { Shown } from './shown.tsx';

/** What is known of it now, in full. */
const Figures = ({ entry }: { entry: Evidence | undefined }) =>
  entry === undefined ? null : (
    <dl class="pairs">
      <dt>Difference</dt>
      <dd>
        <Difference entry={entry} />
      </dd>
      <dt>By</dt>
      <dd>
        {entry.rule}, weight {plainText(entry.weight)}
      </dd>
      <dt>In figures</dt>
      <dd class="muted small">{entry.detail}</dd>
    </dl>
  );

const Lines = ({ line, logThreshold, sides }: { line: EvidenceLine; logThreshold: number | null; sides: string }) => {
  const { metric, points } = line;
  const timesMs = points.map(({ timeMs }) => timeMs);
  const unit = differenceUnit(metric);
  return (
    <div class="charts">
      <Chart
        title={`Difference ${sides}${unit === '' ? '' : `, ${unit}`}, with the limits that hold at any time`}
        plotted={{
          timesMs,
          band: [2, 1],
          format: (value) => differenceText(metric, value),
          lines: [
            { label: 'difference', values: points.map(({ difference }) => difference), color: 'accent' },
            { label: 'lower limit', values: points.map(({ lower }) => lower), color: 'muted', isDashed: true },
            { label: 'upper limit', values: points.map(({ upper }) => upper), color: 'muted', isDashed: true },
            { label: 'no difference', values: points.map(() => 0), color: 'bad', isDashed: true },
          ],
        }}
      />
      <Chart
        title="Evidence against it, and what proves it worse"
        plotted={{
          timesMs,
          format: strengthText,
          lines: [
            { label: 'evidence', values: points.map(({ logE }) => logE), color: 'accent' },
            { label: 'threshold', values: points.map(() => logThreshold), color: 'bad', isDashed: true },
          ],
        }}
      />
    </div>
  );
};

/** One metric over the time of a rollout: the difference with its limits, and the evidence on its way to the threshold. */
export const EvidenceCharts = ({ rollout, metric, slice }: { rollout: RolloutView; metric: string; slice: string }) => {
  const answer = useAnswer('/v1/rollouts/:name/evidence', { params: { name: rollout.id }, query: { metric, slice } });
  return (
    <section class="card">
      <h2>
        <MetricName metric={metric} slice={slice} /> over time
      </h2>
      <Figures entry={rollout.metrics.find((entry) => entry.metric === metric && entry.slice === slice)} />
      <Shown of={answer}>
        {({ lines, logThreshold }) => {
          const line = lines.find(({ phase }) => phase === 'canary') ?? lines[0];
          return line === undefined || line.points.length < 2 ? (
            <p class="muted">There is a line once two looks at it are known.</p>
          ) : (
            <Lines
              line={line}
              logThreshold={logThreshold}
              sides={`of ${rollout.candidate ?? 'the arm'} to ${rollout.stable}`}
            />
          );
        }}
      </Shown>
    </section>
  );
};
