import type { AssignedPartition, Bus } from '../../platform/kafka/bus.ts';
import type { Clock } from '../../platform/process/clock.ts';
import type { AnalyzerEvents } from '../events.ts';
import { type IdMemory, type IdPiece, piecesSaved } from '../folds/id-memory.ts';
import { MAX_SNAPSHOT_BYTES, sealPiece, sealSnapshot } from '../folds/snapshot-seal.ts';
import { deliver } from './deliver.ts';
import type { PartitionTask } from './partition-worker.ts';
import type { Snapshots } from './restore.ts';
import type { LiveFold, Stage } from './stage.ts';

export type FoldTaskDeps = { bus: Bus; clock: Clock; events: AnalyzerEvents; snapshots: Snapshots };

/** A large state is saved less often, so that saving takes a bounded share of the disk. */
const SNAPSHOT_BYTES_PER_SECOND = 256 * 1024;

/** Pieces of ids have 44 kB each; these go in one append. */
const PIECES_AT_ONCE = 100;

/**
 * Folds, appends, commits, saves: in this order, so that a snapshot never stands for outputs that are not in the log. Of
 * the ids only those that are new since the last time are saved, before the state that needs them; a crash between the
 * two leaves pieces that are saved again, the same.
 */
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
  const owner = { ...name, foldVersion };
  let savedOffset = live.offset();
  let savedAtMs = clock.nowMs();
  let pauseMs = everyMs;
  /** Also once the clock was set back: or no state would be saved until it is as late again. */
  const isSaveDue = (): boolean => Math.abs(clock.nowMs() - savedAtMs) >= pauseMs;

  const savePieces = async (ids: IdMemory): Promise<void> => {
    const next = (): IdPiece[] => ids.unsaved.slice(0, PIECES_AT_ONCE);
    for (let pieces = next(); pieces.length > 0; pieces = next()) {
      const timeMs = clock.nowMs();
      await snapshots.save(
        owner,
        pieces.map((piece) => sealPiece(owner, piece, timeMs)),
      );
      piecesSaved(ids, pieces.length);
    }
  };

  const save = async (): Promise<void> => {
    if (live.offset() === savedOffset) return;
    const state = live.pack();
    savedAtMs = clock.nowMs();
    pauseMs = Math.max(everyMs, (state.length / SNAPSHOT_BYTES_PER_SECOND) * 1_000);
    try {
      if (live.ids) await savePieces(live.ids);
      if (state.length > MAX_SNAPSHOT_BYTES)
        throw new Error(`its ${state.length} bytes are more than a record may have`);
      const offset = live.offset();
      await snapshots.save(owner, [sealSnapshot({ ...owner, offset, state, piece: null, timeMs: clock.nowMs() })]);
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
      if (isSaveDue()) await save();
    },
    finish: save,
  };
};
