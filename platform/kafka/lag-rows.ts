import { type GroupOffsets, type GroupState, type PartitionLag, recordsBehind } from './group-offsets.ts';

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

/** What becomes of the lag: how many records more a second since a look `overMs` earlier; null where there was none. */
export const trendOf = (row: LagRow, before: readonly LagRow[], overMs: number): number | null => {
  const last = before.find(
    (one) => one.group === row.group && one.topic === row.topic && one.partition === row.partition,
  );
  return last === undefined || overMs === 0 ? null : ((row.behind - last.behind) * 1_000) / overMs;
};

/** One look at all groups, or at one. Rejects while Kafka is away. */
export const lookAtLag = async (
  offsets: Pick<GroupOffsets, 'states' | 'lags' | 'waitingSinceMs'>,
  { group, isByPartition, nowMs }: { group?: string | undefined; isByPartition: boolean; nowMs: () => number },
): Promise<LagRow[]> => {
  const [states, all] = await Promise.all([offsets.states(), offsets.lags()]);
  const lags = [];
  for (const lag of all.filter((lag) => group === undefined || lag.group === group))
    lags.push({ ...lag, waitingSinceMs: await offsets.waitingSinceMs(lag) });
  return lagRows({ states, lags }, nowMs(), isByPartition);
};
