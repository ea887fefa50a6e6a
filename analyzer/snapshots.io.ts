import type { Bus } from '../platform/kafka/bus.ts';
import type { Snapshot } from '../schemas/snapshot.ts';
import { SNAPSHOTS } from '../schemas/topics.ts';
import type { SavedFold, SnapshotOwner, Snapshots } from './stages/restore.ts';

/** Damaged or foreign snapshots are rare: so many of the newest are looked at before the log is read from its start. */
const CANDIDATES = 3;

const pieceName = ({ slot, number }: { slot: number; number: number }): string => `${slot}/${number}`;

/** The snapshots topic of one bus. */
export const createSnapshots = (bus: Bus): Snapshots => {
  const partitionOf = async (owner: SnapshotOwner): Promise<number> => {
    const key = SNAPSHOTS.partitionKey({ ...owner, offset: 0, state: '', piece: null, sha256: '', timeMs: 0 });
    return bus.partitionFor(key ?? '', await bus.partitionCount(SNAPSHOTS));
  };
  const readOwn = async (owner: SnapshotOwner, onRecord: (record: Snapshot) => void): Promise<void> => {
    const isOwn = ({ group, topic, partition, foldVersion }: Snapshot): boolean =>
      group === owner.group &&
      topic === owner.topic &&
      partition === owner.partition &&
      foldVersion === owner.foldVersion;
    await bus.readToEnd(SNAPSHOTS, await partitionOf(owner), 0, ({ value }) => isOwn(value) && onRecord(value));
  };
  return {
    save: async (owner, records) => bus.append(SNAPSHOTS, await partitionOf(owner), records),
    find: async (owner): Promise<SavedFold> => {
      let newest: Snapshot[] = [];
      // The topic is read again for the pieces, so that nobody ever holds all of them beside the memory they go into.
      const lastOfName = new Map<string, string>();
      await readOwn(owner, (record) => {
        if (record.piece) lastOfName.set(pieceName(record.piece), record.sha256);
        else if (record.offset > (newest[CANDIDATES - 1]?.offset ?? -1))
          newest = [record, ...newest].sort((a, b) => b.offset - a.offset).slice(0, CANDIDATES);
      });
      const readPieces: SavedFold['readPieces'] = (onPiece) =>
        readOwn(owner, (record) => {
          if (record.piece && lastOfName.get(pieceName(record.piece)) === record.sha256) onPiece(record);
        });
      return { newest, readPieces };
    },
  };
};
