import { type GroupState, type PartitionLag, recordsBehind } from '../../platform/kafka/group-offsets.ts';
import { spanText } from '../output/moments.ts';
import { tableLines } from '../output/table.ts';

/** What a group has not read yet of a topic, or of one partition. `waitedMs` is how long its oldest such record has waited. */
export type LagRow = {
  group: string;
  state: string;
  members: number;
  topic: string;
  /** Null where all of the topic's are together. */
  partition: number | null;
  committed: number | null;
  end: number;
  behind: number;
  waitedMs: number | null;
};

type Look = { states: readonly GroupState[]; lags: readonly (PartitionLag & { waitingSinceMs: number | null })[] };

const rowsOf = ({ states, lags }: Look, nowMs: number): LagRow[] =>
  lags.map((lag) => {
    const { state = 'Dead', members = 0 } = states.find(({ group }) => group === lag.group) ?? {};
    const { group, topic, partition, committed, end, waitingSinceMs } = lag;
    const waitedMs = waitingSinceMs === null ? null : Math.max(0, nowMs - waitingSinceMs);
    return { group, state, members, topic, partition, committed, end, behind: recordsBehind(lag), waitedMs };
  });

const together = (rows: readonly LagRow[]): LagRow => ({
  ...rows[0]!,
  partition: null,
  committed: null,
  end: rows.reduce((sum, { end }) => sum + end, 0),
  behind: rows.reduce((sum, { behind }) => sum + behind, 0),
  waitedMs: rows.reduce<number | null>(
    (most, { waitedMs }) => (waitedMs === null ? most : Math.max(most ?? 0, waitedMs)),
    null,
  ),
});

/** A row for each group and topic, or for each partition. */
export const lagRows = (look: Look, nowMs: number, isByPartition: boolean): LagRow[] => {
  const rows = rowsOf(look, nowMs);
  return isByPartition
    ? rows
    : [...Map.groupBy(rows, ({ group, topic }) => `${group} ${topic}`).values()].map(together);
};

const signed = (perSecond: number): string => `${perSecond > 0 ? '+' : ''}${Math.round(perSecond)}/s`;

/** What becomes of the lag: how many records more a second since the last look. */
const trendOf = (row: LagRow, before: readonly LagRow[], overMs: number): string => {
  const last = before.find(
    (one) => one.group === row.group && one.topic === row.topic && one.partition === row.partition,
  );
  return last === undefined || overMs === 0 ? '' : signed(((row.behind - last.behind) * 1_000) / overMs);
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
      trendOf(row, before, overMs),
    ]),
    { right: ['MEMBERS', 'PARTITION', 'COMMITTED', 'END', 'BEHIND', 'WAITED', 'TREND'], dropEmpty: true },
  );
