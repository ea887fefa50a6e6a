import type { Snapshot } from '../../schemas/snapshot.ts';
import type { AnalyzerEvents } from '../events.ts';
import { isIntact } from '../folds/snapshot-seal.ts';
import type { Fold, LiveFold, Stage } from './stage.ts';

export type SnapshotOwner = Pick<Snapshot, 'group' | 'topic' | 'partition' | 'foldVersion'>;

/** Where folds are kept: `newest` gives the few with the highest offsets, highest first, unchecked. */
export type Snapshots = {
  save(snapshot: Snapshot): Promise<void>;
  newest(owner: SnapshotOwner): Promise<readonly Snapshot[]>;
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
  for (const snapshot of await snapshots.newest({ ...name, foldVersion })) {
    const live = unpackOrReason(fold, snapshot);
    if (typeof live !== 'string') {
      events.restored(name, snapshot.offset, snapshot.state.length);
      return live;
    }
    events.snapshotSkipped(name, snapshot.offset, live);
  }
  events.startedAnew(name);
  return fold.fresh();
};
