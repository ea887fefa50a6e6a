import type { AssignedPartition } from '../kafka/bus.ts';
import { createInOrderCommit, type InOrderCommit } from './in-order-commit.ts';

export type Job = () => Promise<void>;

/** One assigned partition's part of a work queue. */
export type WorkLane = {
  partition: AssignedPartition;
  add(offset: number, job?: Job): void;
  /** The next job that waits, with what follows its end; it never rejects. */
  take(): Job | undefined;
  /** Resolves when no commit is under way. */
  committed(): Promise<void>;
};

type Options = {
  maxPending: number;
  /** False when what ends from now on is no longer to be committed. */
  mayCommit: () => boolean;
  onFailure: (error: unknown) => void;
};

/** Commits one offset at a time; what is to be committed meanwhile goes into the next. */
const createCommitter = (partition: AssignedPartition, { mayCommit, onFailure }: Options) => {
  let wanted: number | null = null;
  let committing: Promise<void> | null = null;
  /** Once it ends for another reason than that all is committed, nothing is to be committed ever again. */
  const commitAll = async (): Promise<void> => {
    while (wanted !== null && partition.alive() && mayCommit()) {
      const offset = wanted;
      wanted = null;
      await partition.commit(offset).catch(onFailure);
    }
    committing = null;
  };
  return {
    commit: (offset: number): void => {
      wanted = offset;
      committing ??= commitAll();
    },
    committed: async (): Promise<void> => committing ?? undefined,
  };
};

export const createWorkLane = (partition: AssignedPartition, options: Options): WorkLane => {
  const { maxPending, onFailure } = options;
  const { commit, committed } = createCommitter(partition, options);
  const waiting: { isNew: boolean; offset: number; job: Job }[] = [];
  let done: InOrderCommit | null = null;
  let nextOffset = 0;
  let unfinished = 0;
  let isPaused = false;

  const finish = (offset: number): void => {
    const next = done?.finished(offset);
    if (next !== undefined) commit(next);
  };

  const finishJob = (isNew: boolean, offset: number): void => {
    if (isNew) finish(offset);
    unfinished -= 1;
    if (!isPaused || unfinished > maxPending / 2) return;
    isPaused = false;
    if (partition.alive()) partition.resume();
  };

  return {
    partition,
    committed,
    add: (offset, job) => {
      const isNew = offset >= nextOffset;
      if (isNew) {
        nextOffset = offset + 1;
        done ??= createInOrderCommit(offset);
        done.started(offset);
        if (!job) finish(offset);
      }
      if (!job) return;
      waiting.push({ isNew, offset, job });
      unfinished += 1;
      if (isPaused || unfinished <= maxPending) return;
      isPaused = true;
      partition.pause();
    },
    take: () => {
      const next = waiting.shift();
      if (!next) return undefined;
      return async () => {
        await next.job().catch(onFailure);
        finishJob(next.isNew, next.offset);
      };
    },
  };
};
