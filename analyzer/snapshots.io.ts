import type { Bus } from '../platform/kafka/bus.ts';
import type { Snapshot } from '../schemas/snapshot.ts';
import { SNAPSHOTS } from '../schemas/topics.ts';
import type { SnapshotOwner, Snapshots } from './stages/restore.ts';

/** Damaged or foreign snapshots are rare: so many of the newest are looked at before the log is read from its start. */
const CANDIDATES = 3;

/** The snapshots topic of one bus. */
export const createSnapshots = (bus: Bus): Snapshots => {
  const partitionOf = async (owner: SnapshotOwner): Promise<number> => {
    const key = SNAPSHOTS.key({ ...owner, offset: 0, state: '', sha256: '', timeMs: 0 });
    return bus.partitionFor(key, await bus.partitionCount(SNAPSHOTS));
  };
  return {
    save: async (snapshot) => bus.append(SNAPSHOTS, await partitionOf(snapshot), [snapshot]),
    newest: async (owner) => {
      let newest: Snapshot[] = [];
      const isOwn = ({ group, topic, partition, foldVersion }: Snapshot): boolean =>
        group === owner.group &&
        topic === owner.topic &&
        partition === owner.partition &&
        foldVersion === owner.foldVersion;
      await bus.readToEnd(SNAPSHOTS, await partitionOf(owner), 0, ({ value }) => {
        if (!isOwn(value) || value.offset <= (newest[CANDIDATES - 1]?.offset ?? -1)) return;
        newest = [value, ...newest].sort((a, b) => b.offset - a.offset).slice(0, CANDIDATES);
      });
      return newest;
    },
  };
};
