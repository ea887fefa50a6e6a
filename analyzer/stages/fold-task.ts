import type { AssignedPartition, Bus } from '../../platform/kafka/bus.ts';
import type { Clock } from '../../platform/process/clock.ts';
import type { AnalyzerEvents } from '../events.ts';
import { MAX_SNAPSHOT_BYTES, sealSnapshot } from '../folds/snapshot-seal.ts';
import { deliver } from './deliver.ts';
import type { PartitionTask } from './partition-worker.ts';
import type { Snapshots } from './restore.ts';
import type { LiveFold, Stage } from './stage.ts';

export type FoldTaskDeps = { bus: Bus; clock: Clock; events: AnalyzerEvents; snapshots: Snapshots };

/** A large state is saved less often, so that saving takes a bounded share of the disk. */
const SNAPSHOT_BYTES_PER_SECOND = 256 * 1024;

/** Folds, appends, commits, saves: in this order, so that a snapshot never stands for outputs that are not in the log. */
export const createFoldTask = <I, O>(
  deps: FoldTaskDeps,
  stage: Stage<I, O>,
  everyMs: number,
  partition: AssignedPartition,
  live: LiveFold<I, O>,
  signal: AbortSignal,
): PartitionTask<I> => {
  const { clock, events, snapshots } = deps;
  const { group, foldVersion } = stage;
  const name = { group, topic: stage.input.name, partition: partition.partition };
  let savedOffset = live.offset();
  let nextSaveMs = clock.nowMs() + everyMs;

  const save = async (): Promise<void> => {
    if (live.offset() === savedOffset) return;
    const state = live.pack();
    nextSaveMs = clock.nowMs() + Math.max(everyMs, (state.length / SNAPSHOT_BYTES_PER_SECOND) * 1_000);
    try {
      if (state.length > MAX_SNAPSHOT_BYTES)
        throw new Error(`its ${state.length} bytes are more than a record may have`);
      const offset = live.offset();
      await snapshots.save(sealSnapshot({ ...name, foldVersion, offset, state, timeMs: clock.nowMs() }));
      savedOffset = offset;
      events.snapshotSaved(name, state.length);
    } catch (error) {
      events.snapshotNotSaved(name, String(error));
    }
  };

  return {
    take: async (records) => {
      const { outputs, notes } = live.take(records);
      for (const note of notes) events.noted(name, note);
      await deliver(deps, stage.output, outputs, signal);
      if (!partition.alive()) return;
      events.stands(name, live.standing());
      void partition.commit(live.offset());
      if (clock.nowMs() >= nextSaveMs) await save();
    },
    finish: save,
  };
};
