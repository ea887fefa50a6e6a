import { useAnswer } from '../api/answer.ts';
import type { RolloutView } from '../../schemas/controller-api.ts';
import type { EvidenceLine } from '../../schemas/evidence-api.ts';
import type { Evidence } from '../../schemas/decision.ts';
import { phaseOf } from '../../schemas/sentence/comparison.ts';
import { plainText, shareText, strengthText } from '../../schemas/sentence/figures.ts';
import { armGroups } from '../reading/arms.ts';
import { judgedBy } from '../reading/judges.ts';
import { coverageOf, differenceText, differenceUnit } from '../reading/metric-rows.ts';
import { isOver } from '../reading/verdict.ts';
import { Chart, type Line } from './chart.tsx';
import { Difference } from './difference.tsx';
import { MetricName } from './metric-name.tsx';
import { Shown } from './shown.tsx';

const withUnit = (metric: string, value: number): string =>
  `${differenceText(metric, value)} ${differenceUnit(metric)}`.trim();

/** What is known of it now, in full. */
const Figures = ({ entry, rollout }: { entry: Evidence | undefined; rollout: RolloutView }) => {
  if (entry === undefined) return null;
  const { metric, rule, weight, detail, tolerated } = entry;
  const { by, warning } = judgedBy(metric, rollout.judges);
  const covered = coverageOf(metric, rollout.coverage);
  return (
    <dl class="pairs">
      <dt>Difference</dt>
      <dd>
        <Difference entry={entry} />
      </dd>
      {tolerated !== null && (
        <>
          <dt>Tolerated</dt>
          <dd>up to {withUnit(metric, tolerated)}</dd>
        </>
      )}
      <dt>Judged by</dt>
      <dd>
        {by}
        {warning !== null && <span class="word warn"> {warning}, which it may favour</span>}
        {covered !== null && <span class="muted">, {shareText(covered)} of what was to be seen</span>}
      </dd>
      <dt>Compared by</dt>
      <dd>
        {rule}
        {weight > 0 && `, weight ${plainText(weight)}`}
      </dd>
      <dt>In figures</dt>
      <dd class="muted small">{detail}</dd>
    </dl>
  );
};

type Held = { title: string; logThreshold: number | null; note: string; logOf: (point: Point) => number | null };
type Point = EvidenceLine['points'][number];

/** What of a line is held against what. Parts of the whole add up, so weights come in. */
const heldOf = (rollout: RolloutView, entry: Evidence | undefined): Held => {
  const part = Math.log(entry?.weight ?? 0);
  const ofWhole = ({ logE }: Point): number | null => (logE === null || part === -Infinity ? logE : logE + part);
  const threshold = (logThreshold: number | null, does: string): Pick<Held, 'logThreshold' | 'note'> => ({
    logThreshold,
    note: logThreshold === null ? '' : `${strengthText(logThreshold)} ${does}`,
  });
  if (rollout.experiment === null || entry === undefined)
    return {
      title: 'What it adds to the evidence against it, and what all together stops it',
      ...threshold(rollout.logThreshold, 'stops it'),
      logOf: ofWhole,
    };
  const group = armGroups(rollout).find(({ arms }) => arms.some((row) => row.entry === entry));
  const logThreshold = group?.arms[0]?.logThreshold ?? null;
  return group?.isGoal === true
    ? {
        title: `Evidence that ${entry.arm} is better than every other arm`,
        ...threshold(logThreshold, 'wins'),
        logOf: ({ logProof }) => logProof,
      }
    : {
        title: `What it adds to the evidence against ${entry.arm}, and what all together stops it`,
        ...threshold(logThreshold, 'stops it'),
        logOf: ofWhole,
      };
};

/** ln of an evidence below which figures say "under 0.01". */
const LEAST_TOLD = Math.log(0.01);

const toleratedLines = ({ metric, points }: EvidenceLine): Line[] => {
  const values = points.map(({ tolerated }) => tolerated);
  const last = values.findLast((value) => value !== null);
  if (last == null) return [];
  const note = `tolerated: ${withUnit(metric, last)}`;
  return [{ label: 'tolerated', values, color: 'bad', isDashed: true, note }];
};

const DifferenceChart = ({ line, sides }: { line: EvidenceLine; sides: string }) => {
  const { metric, points } = line;
  const unit = differenceUnit(metric);
  const limit = (label: string, values: (number | null)[]): Line => ({
    label,
    values,
    color: 'muted',
    isDashed: true,
    isLimit: true,
  });
  return (
    <Chart
      title={`Difference ${sides}${unit === '' ? '' : `, ${unit}`}, with the limits that hold at any time`}
      plotted={{
        timesMs: points.map(({ timeMs }) => timeMs),
        band: [2, 1],
        format: (value) => differenceText(metric, value),
        lines: [
          { label: 'difference', values: points.map(({ difference }) => difference), color: 'accent' },
          limit(
            'lower limit',
            points.map(({ lower }) => lower),
          ),
          limit(
            'upper limit',
            points.map(({ upper }) => upper),
          ),
          { label: 'no difference', values: points.map(() => 0), color: 'muted', isDashed: true },
          ...toleratedLines(line),
        ],
      }}
    />
  );
};

const EvidenceChart = ({ points, held }: { points: readonly Point[]; held: Held }) => (
  <Chart
    title={held.title}
    plotted={{
      timesMs: points.map(({ timeMs }) => timeMs),
      format: strengthText,
      floor: LEAST_TOLD,
      lines: [
        { label: 'evidence', values: points.map(held.logOf), color: 'accent' },
        {
          label: 'threshold',
          values: points.map(() => held.logThreshold),
          color: 'bad',
          isDashed: true,
          note: held.note,
        },
      ],
    }}
  />
);

/** Of what is known of it the live comparison, else that of the shadow, else plain values. */
const entryAmong = (entries: readonly Evidence[]): Evidence | undefined =>
  entries.find((entry) => phaseOf(entry) === 'canary' && entry.candidateCount > 0) ??
  entries.find((entry) => phaseOf(entry) === 'shadow') ??
  entries[0];

/** One metric over the time of a rollout: the difference with its limits, and the evidence on its way to the threshold. */
export const EvidenceCharts = ({
  rollout,
  metric,
  slice,
  arm,
}: {
  rollout: RolloutView;
  metric: string;
  slice: string;
  arm: string | null;
}) => {
  const answer = useAnswer('/v1/rollouts/:name/evidence', { params: { name: rollout.id }, query: { metric, slice } });
  const entries = rollout.metrics.filter(
    (one) => one.metric === metric && one.slice === slice && (arm === null || one.arm === arm),
  );
  const entry = entryAmong(entries);
  const against = rollout.experiment?.control ?? rollout.stable;
  return (
    <section class="card">
      <h2>
        <MetricName metric={metric} slice={slice} /> over time{arm !== null && `: ${arm} beside ${against}`}
      </h2>
      <Figures entry={entry} rollout={rollout} />
      <Shown of={answer}>
        {({ lines }) => {
          const own = lines.filter((one) => arm === null || one.arm === arm);
          const line = own.find(({ phase }) => phase === (entry === undefined ? 'canary' : phaseOf(entry))) ?? own[0];
          return line === undefined || line.points.length < 2 ? (
            <p class="muted">
              {isOver(rollout) ? 'It ended before there was a second look.' : 'There is a line after a second look.'}
            </p>
          ) : (
            <div class="charts">
              <DifferenceChart line={line} sides={`of ${arm ?? rollout.candidate ?? 'the arm'} to ${against}`} />
              <EvidenceChart points={line.points} held={heldOf(rollout, entry)} />
            </div>
          );
        }}
      </Shown>
    </section>
  );
};
