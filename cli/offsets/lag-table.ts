import { type LagRow, trendOf } from '../../platform/kafka/lag-rows.ts';
import { spanText } from '../output/moments.ts';
import { tableLines } from '../output/table.ts';

const signed = (perSecond: number): string => `${perSecond > 0 ? '+' : ''}${Math.round(perSecond)}/s`;

const trendText = (row: LagRow, before: readonly LagRow[], overMs: number): string => {
  const trend = trendOf(row, before, overMs);
  return trend === null ? '' : signed(trend);
};

const HEAD = ['GROUP', 'STATE', 'MEMBERS', 'TOPIC', 'PARTITION', 'COMMITTED', 'END', 'BEHIND', 'WAITED', 'TREND'];

/** `before` are the rows of a look `overMs` earlier, none at the first. */
export const lagLines = (rows: readonly LagRow[], before: readonly LagRow[] = [], overMs = 0): string[] =>
  tableLines(
    HEAD,
    rows.map((row) => [
      row.group,
      row.state,
      String(row.members),
      row.topic,
      row.partition === null ? '' : String(row.partition),
      row.partition === null ? '' : String(row.committed ?? 'never'),
      row.partition === null ? '' : String(row.end),
      String(row.behind),
      row.waitedMs === null ? '' : spanText(row.waitedMs),
      trendText(row, before, overMs),
    ]),
    { right: ['MEMBERS', 'PARTITION', 'COMMITTED', 'END', 'BEHIND', 'WAITED', 'TREND'], dropEmpty: true },
  );
