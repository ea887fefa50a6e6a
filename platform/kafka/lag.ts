import type { Log } from '../process/log.ts';
import type { KafkaAccess } from '../process/parts-security.ts';
import { createGroupOffsets, type PartitionLag } from './group-offsets.ts';

/** Records of a group's topics since they began: those appended, and those of them that it has committed. */
export type GroupLag = { group: string; appended: number; read: number };

/** Records that the group has not committed yet. */
export const messagesBehind = ({ appended, read }: GroupLag): number => appended - read;

export type LagReader = { read(): Promise<GroupLag[]>; close(): Promise<void> };

const totals = ([group, lags]: [string, PartitionLag[]]): GroupLag => ({
  group,
  appended: lags.reduce((sum, { end }) => sum + end, 0),
  read: lags.reduce((sum, { end, committed }) => sum + Math.min(end, committed ?? 0), 0),
});

/** Reads the lag of every consumer group. Rejects while Kafka is away. */
export const createLagReader = (options: KafkaAccess & { log: Log }): LagReader => {
  const { lags, close } = createGroupOffsets(options);
  return { read: async () => [...Map.groupBy(await lags(), ({ group }) => group)].map(totals), close };
};
