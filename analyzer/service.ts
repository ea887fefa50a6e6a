import {
  type AssignedPartition,
  type Bus,
  type Incoming,
  type Subscription,
  subscription,
} from '../platform/kafka/bus.ts';
import type { Clock } from '../platform/process/clock.ts';
import type { Snapshot } from '../schemas/snapshot.ts';
import { GROUPS, PARTIALS, type Topic, WINDOWS } from '../schemas/topics.ts';
import { EXCHANGE_INPUT, FEEDBACK_INPUT, type Input, SCORE_INPUT, SHADOW_INPUT } from './rows/inputs.ts';
import { isIntact, MAX_SNAPSHOT_BYTES, sealSnapshot } from './folds/snapshot-seal.ts';
import { deliver } from './deliver.ts';
import type { AnalyzerEvents } from './events.ts';
import { createPartitionWorker, type PartitionTask, type PartitionWorker } from './partition-worker.ts';
import { type LiveFold, mergeFold, partitionFold } from './stages.ts';

export type SnapshotOwner = Pick<Snapshot, 'group' | 'topic' | 'partition' | 'foldVersion'>;

/** Where folds are kept: `newest` gives the few with the highest offsets, highest first, unchecked. */
export type Snapshots = {
  save(snapshot: Snapshot): Promise<void>;
  newest(owner: SnapshotOwner): Promise<readonly Snapshot[]>;
};

export type AnalyzerDeps = { bus: Bus; clock: Clock; events: AnalyzerEvents; snapshots: Snapshots };
export type AnalyzerConfig = { windowMs: number; graceMs: number; snapshotEveryMs: number };

/** What a clean stop waits for the batches under way and their snapshots; a restart makes good what is missing. */
const STOP_WITHIN_MS = 3_000;

/** A large state is saved less often, so that saving takes a bounded share of the disk. */
const SNAPSHOT_BYTES_PER_SECOND = 256 * 1024;

/** One fold over a topic: how a partition's begins, or begins again where a snapshot ends. */
export type Stage<I, O> = {
  group: string;
  input: Topic<I>;
  output: Topic<O>;
  foldVersion: number;
  begin(partition: number): Promise<Fold<I, O>>;
};
export type Fold<I, O> = { fresh(): LiveFold<I, O>; from(state: string): LiveFold<I, O> | undefined };

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

const restore = async <I, O>(deps: AnalyzerDeps, stage: Stage<I, O>, partition: number): Promise<LiveFold<I, O>> => {
  const { group, foldVersion } = stage;
  const topic = stage.input.name;
  const fold = await stage.begin(partition);
  const name = { group, topic, partition };
  for (const snapshot of await deps.snapshots.newest({ ...name, foldVersion })) {
    const live = unpackOrReason(fold, snapshot);
    if (typeof live !== 'string') {
      deps.events.restored(name, snapshot.offset, snapshot.state.length);
      return live;
    }
    deps.events.snapshotSkipped(name, snapshot.offset, live);
  }
  deps.events.startedAnew(name);
  return fold.fresh();
};

/** Folds, appends, commits, saves: in this order, so that a snapshot never stands for outputs that are not in the log. */
const taskOf = <I, O>(
  deps: AnalyzerDeps,
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
      await partition.commit(live.offset());
      if (clock.nowMs() >= nextSaveMs) await save();
    },
    finish: save,
  };
};

type Workers = {
  byPartition: Map<AssignedPartition, PartitionWorker<never>>;
  /** Partitions whose fold broke off; they stand still until the process is started anew. */
  failed: Set<string>;
};

const subscribe = <I, O>(deps: AnalyzerDeps, stage: Stage<I, O>, everyMs: number, workers: Workers): Subscription =>
  subscription<I>(stage.input, {
    onAssign: async (partition) => {
      const live = await restore(deps, stage, partition.partition);
      const abort = new AbortController();
      const worker = createPartitionWorker<I>({
        partition,
        task: taskOf(deps, stage, everyMs, partition, live, abort.signal),
        abort,
        onFailure: (error) => {
          workers.failed.add(`${partition.topic} ${partition.partition}`);
          deps.events.failed({ group: stage.group, topic: partition.topic, partition: partition.partition }, error);
        },
      });
      workers.byPartition.set(partition, worker);
      return live.offset();
    },
    onRecords: async (partition, records: readonly Incoming<I>[]) => {
      (workers.byPartition.get(partition) as PartitionWorker<I> | undefined)?.add(records);
    },
    onRevoke: async (partition) => {
      workers.byPartition.get(partition)?.drop();
      workers.byPartition.delete(partition);
      deps.events.released({ group: stage.group, topic: partition.topic, partition: partition.partition });
    },
  });

/**
 * Starts both folds: events to partials by input partition, partials to windows by agent. Resolves at once, whether or
 * not Kafka is there. `trouble` says what keeps a partition from going on, null if nothing does.
 */
export const startAnalyzer = async (
  deps: AnalyzerDeps,
  config: AnalyzerConfig,
): Promise<{ stop(): Promise<void>; trouble(): string | null }> => {
  const { bus, clock } = deps;
  const workers: Workers = { byPartition: new Map(), failed: new Set() };
  const on = <I, O>(stage: Stage<I, O>): Subscription => subscribe(deps, stage, config.snapshotEveryMs, workers);
  const from = <E>(input: Input<E>): Subscription =>
    on({
      group: GROUPS.analyzer,
      input: input.topic,
      output: PARTIALS,
      ...partitionFold(bus, input, config),
    });
  const merge = { group: GROUPS.analyzerMerge, input: PARTIALS, output: WINDOWS, ...mergeFold(bus) };
  const folding = await bus.consume(GROUPS.analyzer, [
    from(EXCHANGE_INPUT),
    from(SHADOW_INPUT),
    from(SCORE_INPUT),
    from(FEEDBACK_INPUT),
  ]);
  const merging = await bus.consume(GROUPS.analyzerMerge, [on(merge)]);
  return {
    trouble: () => (workers.failed.size > 0 ? `stopped at an error: ${[...workers.failed].join(', ')}` : null),
    stop: async () => {
      const running = [...workers.byPartition.values()];
      await Promise.race([Promise.all(running.map((worker) => worker.stop())), clock.sleep(STOP_WITHIN_MS)]);
      for (const worker of running) worker.drop();
      await Promise.all([folding.stop(), merging.stop()]);
    },
  };
};
