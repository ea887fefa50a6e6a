import type { MetricCounts, PairCounts, Report } from './aggregate.ts';
import type { FieldRow } from './field-table.ts';

const number = (value: number | null, digits = 2): string =>
  value === null ? '-' : String(Number(value.toFixed(digits)));

const signed = (value: number): string => `${value > 0 ? '+' : ''}${number(value, 3)}`;

/** Lines of a table: the first column to the left, all others to the right. */
const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
};

const SIGNS: Record<FieldRow['verdict'], string> = { beyond_noise: 'yes', within_noise: 'no', no_noise_floor: '?' };

const pairsLine = (what: string, { pairs, differing, meanSimilarity }: PairCounts): string => {
  const similarity = meanSimilarity === null ? '' : `, mean similarity of texts ${number(meanSimilarity)}`;
  return `${what} ${pairs} pairs, ${differing} differ${similarity}`;
};

const fieldLines = ({ fields, shadow, noise }: Report): string[] => {
  if (fields.length === 0) return ['No field differs.'];
  const rows = fields.map(({ field, raw, noiseScaled, chance, verdict }) => [
    field,
    String(raw),
    number(noiseScaled, 1),
    SIGNS[verdict],
    chance !== null && chance < 0.001 ? '<0.001' : number(chance, 3),
  ]);
  const scale =
    noise.pairs === 0
      ? 'There are no pairs of stable against itself (noiseSharePct), so nobody knows which differences count.'
      : `NOISE is stable against itself, scaled from ${noise.pairs} to ${shadow.pairs} pairs. Only what is beyond it counts; CHANCE: how often luck alone gives as much.`;
  return [...table([['FIELD', 'RAW', 'NOISE', 'COUNTS', 'CHANCE'], ...rows]), scale];
};

const metricCells = ({ pairs, worse, better, meanDelta }: MetricCounts): string[] => [
  String(pairs),
  String(worse),
  String(better),
  number(meanDelta, 3),
];

const advisoryLines = ({ advisory }: Report): string[] =>
  advisory.map(
    ({ metric, shadow, noise }) =>
      `${metric}, which ranks nothing: ${number(shadow.mean)} on average of ${shadow.pairs} shadow pairs, ${number(noise.mean)} of ${noise.pairs} noise pairs`,
  );

const metricLines = ({ metrics }: Report): string[] => {
  if (metrics.length === 0) return ['No scores of these shadows are there yet.'];
  const head = ['METRIC', 'PAIRS', 'WORSE', 'BETTER', 'DELTA', 'NOISE: PAIRS', 'WORSE', 'BETTER', 'DELTA'];
  const rows = metrics.map(({ metric, shadow, noise }) => [metric, ...metricCells(shadow), ...metricCells(noise)]);
  return table([head, ...rows]);
};

const exchangeLines = ({ exchanges }: Report): string[] =>
  exchanges.flatMap((one, i) => {
    const deltas = Object.entries(one.deltas)
      .filter(([, delta]) => delta !== 0)
      .map(([metric, delta]) => `${metric} ${signed(delta)}`);
    return [
      '',
      `${i + 1}. exchange ${one.exchangeId}`,
      `   shadow   ${one.shadowId}`,
      `   loss     ${number(one.loss, 3)}${deltas.length === 0 ? '' : ` (${deltas.join(', ')})`}`,
      `   differs  ${one.differences.join(', ')} (${one.beyondNoise} beyond noise)`,
      `   live     ${one.live}`,
      `   shadow   ${one.shadow}`,
    ];
  });

/** The report for people. */
export const pageOf = (report: Report): string[] => [
  `${report.rollout} (${report.agents.join(', ')}): ${report.candidate} in the shadow of live traffic`,
  pairsLine('shadow', report.shadow),
  pairsLine('noise ', report.noise),
  '',
  ...fieldLines(report),
  '',
  ...metricLines(report),
  ...advisoryLines(report),
  ...(report.unranked === 0
    ? []
    : ['', `${report.unranked} shadows are ranked without their scores: there are too many.`]),
  ...(report.exchanges.length === 0 ? [] : ['', 'Differing exchanges, the worst first:']),
  ...exchangeLines(report),
];
