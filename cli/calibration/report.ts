import { hash } from 'node:crypto';
import { type CalibrationDocument, type CalibrationSpec, whyNotCalibrated } from '../../schemas/calibration.ts';
import { STABLE_ARM } from '../../schemas/documents.ts';
import { type Agreement, agreement, type Share } from './agreement.ts';
import { type Interval, type Moments, NO_MOMENTS, ppiDifference, ppiMean, type PpiMean, roganGladen } from './ppi.ts';
import { type ArmSums, type Basis, type Group, passingOf } from './score-sums.ts';

type Scorer = Pick<Group, 'agent' | 'metric' | 'scorer' | 'scorerVersion'>;

/** One scorer version beside people's labels. `judged` counts all answers that it scored. */
export type Row = Scorer &
  Agreement & {
    judged: number;
    ppi: PpiMean;
    roganGladen: Interval;
    /** Null is yes; else why not. */
    notCalibrated: string | null;
  };

/** One scorer version beside what clients say of the answer as a whole. */
export type ApartRow = Scorer & Agreement & { basis: Exclude<Basis, 'labels'> };

/** An arm less stable, as people would find it. */
export type Difference = Scorer & { arm: string; labels: number; stableLabels: number; difference: Interval };

export type Report = { rows: Row[]; apart: ApartRow[]; differences: Difference[] };

const added = (one: Moments, other: Moments): Moments => ({
  count: one.count + other.count,
  sum: one.sum + other.sum,
  sumSquares: one.sumSquares + other.sumSquares,
});

const pooled = (arms: readonly ArmSums[]): ArmSums => ({
  pairs: {
    labels: arms.flatMap(({ pairs }) => pairs.labels),
    thumbs: arms.flatMap(({ pairs }) => pairs.thumbs),
    reported: arms.flatMap(({ pairs }) => pairs.reported),
  },
  unlabelled: arms.reduce((sum, arm) => added(sum, arm.unlabelled), NO_MOMENTS),
  passed: arms.reduce((sum, arm) => sum + arm.passed, 0),
});

const scorerOf = ({ agent, metric, scorer, scorerVersion }: Group): Scorer => ({
  agent,
  metric,
  scorer,
  scorerVersion,
});

const specOf = (row: Omit<Row, 'notCalibrated'>, calibratedAtMs: number): CalibrationSpec => {
  const { agent, metric, scorer, scorerVersion, ppi } = row;
  const { mean, lower, upper } = ppi;
  return {
    agent,
    metric,
    scorer,
    scorerVersion,
    labels: row.count,
    agreement: row.agreement?.value ?? 0,
    falsePositiveRate: row.falsePositive?.value ?? null,
    falseNegativeRate: row.falseNegative?.value ?? null,
    bias: row.bias ?? 0,
    ppi: mean === null || lower === null || upper === null ? null : { mean, lower, upper },
    calibratedAtMs,
  };
};

const rowOf = (group: Group, threshold: number): Row => {
  const { pairs, unlabelled, passed } = pooled([...group.arms.values()]);
  const passing = passingOf(group.metric, threshold);
  const row = {
    ...scorerOf(group),
    ...agreement(pairs.labels, passing),
    judged: pairs.labels.length + unlabelled.count,
    ppi: ppiMean({ labelled: pairs.labels, unlabelled }),
    roganGladen: roganGladen({ labelled: pairs.labels, unlabelled: { count: unlabelled.count, passed } }, passing),
  };
  return { ...row, notCalibrated: whyNotCalibrated(specOf(row, 0)) };
};

const apartRows = (group: Group, threshold: number): ApartRow[] => {
  const { pairs } = pooled([...group.arms.values()]);
  return (['thumbs', 'reported'] as const)
    .filter((basis) => pairs[basis].length > 0)
    .map((basis) => ({
      ...scorerOf(group),
      basis,
      ...agreement(pairs[basis], passingOf(group.metric, threshold)),
    }));
};

const meanOfArm = ({ pairs, unlabelled }: ArmSums): PpiMean => ppiMean({ labelled: pairs.labels, unlabelled });

const differencesOf = (group: Group): Difference[] => {
  const stable = group.arms.get(STABLE_ARM);
  if (stable === undefined) return [];
  return [...group.arms]
    .filter(([name]) => name !== STABLE_ARM)
    .map(([arm, sums]) => ({
      ...scorerOf(group),
      arm,
      labels: sums.pairs.labels.length,
      stableLabels: stable.pairs.labels.length,
      difference: ppiDifference(meanOfArm(sums), meanOfArm(stable)),
    }));
};

/** Arms are told apart only within one rollout: elsewhere one name stands for several versions. */
export const reportOf = (groups: readonly Group[], threshold: number, isOneRollout: boolean): Report => {
  const orderOf = (group: Group): string => JSON.stringify(Object.values(scorerOf(group)));
  const sorted = groups.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
  return {
    rows: sorted.map((group) => rowOf(group, threshold)),
    apart: sorted.flatMap((group) => apartRows(group, threshold)),
    differences: isOneRollout ? sorted.flatMap(differencesOf) : [],
  };
};

const MAX_NAMED_METRIC = 40;

/** One document a scorer version that has labels; its name follows from what it is about, so that applying again replaces it. */
export const documentsOf = ({ rows }: Report, nowMs: number): CalibrationDocument[] =>
  rows
    .filter(({ count }) => count > 0)
    .map((row) => {
      const about = hash('sha256', JSON.stringify([row.agent, row.metric, row.scorer, row.scorerVersion]), 'hex');
      const name = `${row.metric.slice(0, MAX_NAMED_METRIC)}-${about.slice(0, 12)}`;
      return { apiVersion: 'coalmine/v1', kind: 'Calibration', metadata: { name }, spec: specOf(row, nowMs) };
    });

const number = (value: number | null): string => (value === null ? '-' : value.toFixed(3));
const limits = ({ lower, upper }: { lower: number | null; upper: number | null }): string =>
  lower === null || upper === null ? '' : ` [${lower.toFixed(2)}, ${upper.toFixed(2)}]`;
const share = (of: Share | null): string => (of === null ? '-' : `${of.value.toFixed(2)}${limits(of)}`);
const interval = (of: Interval): string => (of.mean === null ? '-' : `${of.mean.toFixed(3)}${limits(of)}`);

const agreed = (row: Agreement): string[] => [
  String(row.count),
  share(row.agreement),
  share(row.falsePositive),
  share(row.falseNegative),
  number(row.kappa),
  number(row.bias),
];
const AGREED = ['LABELS', 'AGREE', 'FALSE POS', 'FALSE NEG', 'KAPPA', 'BIAS'];
const scorerCells = (of: Scorer): string[] => [of.agent, of.metric, of.scorer, of.scorerVersion];
const SCORER = ['AGENT', 'METRIC', 'SCORER', 'VERSION'];

const tableOf = (head: readonly string[], rows: readonly string[][]): string[] => {
  const table = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...table.map((cells) => cells[i]!.length)));
  return table.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
};

/** The report as lines of up to three tables. */
export const reportLines = ({ rows, apart, differences }: Report): string[] => {
  const main = tableOf(
    [...SCORER, ...AGREED, 'JUDGED', 'JUDGE MEAN', 'PPI MEAN', 'EFF. LABELS', 'CALIBRATED'],
    rows.map((row) => [
      ...scorerCells(row),
      ...agreed(row),
      String(row.judged),
      number(row.ppi.naive),
      interval(row.ppi),
      row.ppi.effectiveLabels === null ? '-' : row.ppi.effectiveLabels.toFixed(0),
      row.notCalibrated === null ? 'yes' : `no: ${row.notCalibrated}`,
    ]),
  );
  const besides = tableOf(
    [...SCORER, 'BESIDE', ...AGREED],
    apart.map((row) => [...scorerCells(row), row.basis, ...agreed(row)]),
  );
  const apartFromStable = tableOf(
    [...SCORER, 'ARM', 'LABELS', 'OF STABLE', 'PPI DIFFERENCE'],
    differences.map((row) => [
      ...scorerCells(row),
      row.arm,
      String(row.labels),
      String(row.stableLabels),
      interval(row.difference),
    ]),
  );
  return [
    ...main,
    ...(apart.length === 0
      ? []
      : ['', 'Beside what clients say of the answer as a whole (calibrates nothing):', ...besides]),
    ...(differences.length === 0 ? [] : ['', 'Arms less stable, as people would find them:', ...apartFromStable]),
  ];
};
