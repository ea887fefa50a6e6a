import { DEFAULT_METRICS } from '../../controller/rollout/metric-plan.ts';
import { SCORERS } from '../../judge/scorers/registry.ts';
import { COUNTED_METRICS, EVENT_METRIC, RUBRIC_METRIC } from '../../schemas/counted-metrics.ts';
import { MetricSpec } from '../../schemas/metric-spec.ts';
import type { MetricProse, MetricRow } from '../../schemas/metric.ts';
import { table } from './table.ts';

/** A row of the pages; `name` as it stands in the first column. */
type Told = MetricRow & MetricProse & { name: string };

const COUNTED: readonly Told[] = Object.entries(COUNTED_METRICS).map(([name, row]) => ({
  ...row,
  name: `\`${name}\``,
}));
/** Of the answers. */
const counted = (source: MetricRow['source']): Told[] =>
  COUNTED.filter((row) => row.source === source && row.ofJudge !== true);
const scorers = (isWanted: (scorer: (typeof SCORERS)[number]) => boolean): Told[] =>
  SCORERS.filter(isWanted).map((scorer) => ({ ...scorer, name: `\`${scorer.name}\`` }));

const EVENT: Told = { ...EVENT_METRIC, name: '`event_<name>`' };
const RUBRIC: Told = { ...RUBRIC_METRIC, name: 'every rubric' };

const UNITS: Readonly<Record<MetricRow['unit'], string>> = {
  ratio: '',
  seconds: 'seconds',
  'milli-usd': 'thousandths of a dollar',
  'kilo-tokens': 'thousands',
  'kilo-characters': 'thousands',
  'tokens-per-second': 'tokens per second',
  requests: 'requests',
  units: 'units',
};
const unitOf = ({ family, unit }: MetricRow): string => {
  if (family === 'rate') return 'rate';
  return family === 'score' ? 'score 0–1' : UNITS[unit];
};

const definitions = (rows: readonly Told[]): string =>
  table(
    ['metric', 'definition', 'unit', 'better', 'not applicable'],
    rows.map((row) => [row.name, row.definition, unitOf(row), row.better, row.notApplicable || 'never']),
  );

/** The tables of docs/metrics.md, by the names of their marks. */
export const METRIC_TABLES: Readonly<Record<string, () => string>> = {
  'metrics of exchanges': () =>
    definitions([...counted('exchanges'), ...scorers(({ source }) => source === 'exchanges')]),
  'metrics by rules': () => definitions(scorers(({ by, source }) => by === 'rules' && source === 'scores')),
  'metrics by models': () => definitions([...scorers(({ by }) => by !== 'rules'), RUBRIC, ...counted('scores')]),
  'metrics of the judge': () => definitions(COUNTED.filter(({ ofJudge }) => ofJudge)),
  'metrics from clients': () => definitions([...counted('feedback'), EVENT]),
};

const DEFAULTS = MetricSpec.parse({ name: 'any' });

/** What is watched where a document names no metrics, with what differs from the defaults. */
export const defaultMetrics = (): string =>
  DEFAULT_METRICS.map((spec) => {
    const own = (Object.keys(spec) as (keyof MetricSpec)[]).filter(
      (key) => key !== 'name' && spec[key] !== DEFAULTS[key],
    );
    const told = own.map((key) => `\`${key}\` ${String(spec[key])}`).join(', ');
    return `- \`${spec.name}\`${told === '' ? '' : `: ${told}`}`;
  }).join('\n');

/** What a rollout tolerates where its document says nothing: the same for every metric of a family. */
const TOLERANCES: Readonly<Record<MetricRow['family'], string>> = {
  rate: `\`r0\` ${DEFAULTS.r0}`,
  score: `\`delta0\` ${DEFAULTS.delta0}`,
  measure: `\`p99Ratio\` ${DEFAULTS.p99Ratio}`,
  count: '–',
  event: '–',
};

/** The table of docs/rollouts.md: metrics that differ in nothing that a rollout knows share a row. */
export const rolloutMetrics = (): string => {
  const all = [
    ...counted('exchanges'),
    ...scorers(() => true),
    RUBRIC,
    ...counted('scores'),
    ...counted('feedback'),
    EVENT,
  ];
  const cells = (row: Told): string[] => [
    row.family,
    row.better,
    row.source,
    UNITS[row.unit],
    row.comparedBy ?? '',
    TOLERANCES[row.family],
  ];
  const groups = Map.groupBy(all, (row) => JSON.stringify(cells(row)));
  return table(
    ['metric', 'family', 'better', 'live values from', 'unit', 'compared by', 'tolerated by default'],
    [...groups.values()].map((rows) => [rows.map(({ name }) => name).join(', '), ...cells(rows[0]!)]),
  );
};
