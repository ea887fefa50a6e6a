import type { GateRow } from '../verdict/gate-row.ts';
import { amountText, chanceOf, percentText } from '../verdict/row-words.ts';
import { metricOrRubric } from '../../../schemas/metrics.ts';
import { plainText } from '../../../schemas/sentence/figures.ts';

/** What every table says of a row, as plain texts; '' where there is nothing to say. */
export type RowCells = {
  metric: string;
  slice: string;
  baseline: string;
  candidate: string;
  change: string;
  p: string;
  limit: string;
};

const isHigherBetter = ({ name, isCheck }: GateRow): boolean => isCheck || metricOrRubric(name).better === 'higher';

const isRate = ({ name, isCheck }: GateRow): boolean => isCheck || metricOrRubric(name).family === 'rate';

/** Of a share in points, lest its own percent be taken for those of the change. */
const sizeOf = (row: GateRow, difference: number): string =>
  isRate(row) ? `${plainText(100 * difference)} points` : amountText(row, difference);

const changeOf = (row: GateRow): string => {
  const { difference, baseline } = row;
  if (difference === null) return '';
  if (difference === 0) return 'none';
  const sign = difference > 0 ? '+' : '−';
  const share = baseline ? ` (${sign}${percentText(Math.abs((100 * difference) / baseline))})` : '';
  return `${sign}${sizeOf(row, Math.abs(difference))}${share}`;
};

const limitOf = (row: GateRow): string => {
  const { asked, threshold } = row;
  if (asked === 'maxDropPct') return `${isHigherBetter(row) ? 'drop' : 'rise'} ≤ ${percentText(threshold)}`;
  if (asked === 'minPct') return `≥ ${percentText(threshold)}`;
  const sign = isHigherBetter(row) ? '≥' : '≤';
  return `${asked.startsWith('p') ? `${asked} ` : ''}${sign} ${amountText(row, threshold)}`;
};

export const rowCells = (row: GateRow): RowCells => {
  const { slice, baseline, candidate, p } = row;
  const shown = (value: number | null): string => (value === null ? '' : amountText(row, value));
  return {
    metric: row.name,
    slice: slice === null ? '' : `${slice.label}=${slice.value}`,
    baseline: shown(baseline),
    candidate: shown(candidate),
    change: changeOf(row),
    p: p === null ? '' : chanceOf(p).replace(/^p = /, '').replace(/^p /, ''),
    limit: limitOf(row),
  };
};
