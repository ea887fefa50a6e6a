import { type AssignedPartition, type Incoming, type Subscription, subscription } from '../platform/kafka/bus.ts';
import { GROUPS } from '../schemas/topics.ts';
import { EXCHANGE_INPUT, FEEDBACK_INPUT, type Input, SCORE_INPUT, SHADOW_INPUT } from './rows/inputs.ts';
import { createFoldTask, type FoldTaskDeps } from './stages/fold-task.ts';
import { mergeStage } from './stages/merge-stage.ts';
import { partitionStage } from './stages/partition-stage.ts';
import { createPartitionWorker, type PartitionWorker } from './stages/partition-worker.ts';
import { restore } from './stages/restore.ts';
import type { Stage } from './stages/stage.ts';

export type AnalyzerDeps = FoldTaskDeps;
export type AnalyzerConfig = { windowMs: number; graceMs: number; snapshotEveryMs: number };

/** What a clean stop waits for the batches under way and their snapshots; a restart makes good what is missing. */
const STOP_WITHIN_MS = 3_000;

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
        task: createFoldTask(deps, stage, everyMs, partition, live, abort.signal),
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
  const from = <E>(input: Input<E>): Subscription => on(partitionStage(bus, input, config));
  const folding = await bus.consume(GROUPS.analyzer, [
    from(EXCHANGE_INPUT),
    from(SHADOW_INPUT),
    from(SCORE_INPUT),
    from(FEEDBACK_INPUT),
  ]);
  const merging = await bus.consume(GROUPS.analyzerMerge, [on(mergeStage(bus))]);
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
