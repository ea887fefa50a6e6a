import type { Snapshot } from '../../schemas/snapshot.ts';
import type { AnalyzerEvents } from '../events.ts';
import type { IdMemory } from '../folds/id-memory.ts';
import { missingOf, takePiece } from '../folds/id-pieces.ts';
import { isIntact, openPiece } from '../folds/snapshot-seal.ts';
import type { Fold, LiveFold, Stage } from './stage.ts';

export type SnapshotOwner = Pick<Snapshot, 'group' | 'topic' | 'partition' | 'foldVersion'>;

/**
 * What is saved of one fold: the few states with the highest offsets, highest first, and the pieces of its ids in any
 * order, of each name the last one saved. All of it unchecked.
 */
export type SavedFold = {
  newest: readonly Snapshot[];
  readPieces(onPiece: (record: Snapshot) => void): Promise<void>;
};

/** Where folds are kept. */
export type Snapshots = {
  save(owner: SnapshotOwner, records: readonly Snapshot[]): Promise<void>;
  find(owner: SnapshotOwner): Promise<SavedFold>;
};

const unpackOrReason = <I, O>(fold: Fold<I, O>, snapshot: Snapshot): LiveFold<I, O> | string => {
  if (!isIntact(snapshot)) return 'its checksum does not fit';
  try {
    const live = fold.from(snapshot.state);
    if (live?.offset() === snapshot.offset) return live;
    return live ? 'its state has another offset' : 'it was made with other windows or another number of partitions';
  } catch (error) {
    return `its state can't be read: ${String(error)}`;
  }
};

/** Fills the memory with the saved pieces; gives what is missing then, undefined if nothing is. */
const fillIds = async (ids: IdMemory, saved: SavedFold): Promise<string | undefined> => {
  if (missingOf(ids) === undefined) return undefined;
  await saved.readPieces((record) => {
    const piece = openPiece(record);
    if (piece) takePiece(ids, piece);
  });
  return missingOf(ids);
};

/** The partition's fold, out of the newest snapshot that can be used, else from the start of the log. */
export const restore = async <I, O>(
  { snapshots, events }: { snapshots: Snapshots; events: AnalyzerEvents },
  stage: Stage<I, O>,
  partition: number,
): Promise<LiveFold<I, O>> => {
  const { group, foldVersion } = stage;
  const topic = stage.input.name;
  const fold = await stage.begin(partition);
  const name = { group, topic, partition };
  const saved = await snapshots.find({ ...name, foldVersion });
  for (const snapshot of saved.newest) {
    const live = unpackOrReason(fold, snapshot);
    const trouble = typeof live === 'string' ? live : live.ids && (await fillIds(live.ids, saved));
    if (typeof live !== 'string' && !trouble) {
      events.restored(name, snapshot.offset, snapshot.state.length);
      return live;
    }
    events.snapshotSkipped(name, snapshot.offset, trouble ?? '');
  }
  events.startedAnew(name);
  return fold.fresh();
};
