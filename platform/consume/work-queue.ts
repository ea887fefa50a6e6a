import type { AssignedPartition } from '../kafka/bus.ts';
import type { Clock } from '../process/clock.ts';
import { createWorkLane, type Job, type WorkLane } from './work-lane.ts';

/**
 * Slow work on consumed records: runs at most `concurrency` jobs at a time over all partitions, in any order of finishing,
 * commits only the finished prefix of each partition, and pauses a partition while more than `maxPending` of its records
 * are unfinished.
 */
export type WorkQueue = {
  assign(partition: AssignedPartition): void;
  /**
   * Every record of the partition goes through here, in order; one without work has no job. One that comes again is worked
   * on again, since its log may have begun anew, but moves no commit. A job that rejects counts as finished, and is told
   * to `onFailure`.
   */
  add(partition: AssignedPartition, offset: number, job?: Job): void;
  /** What waits is left to the next owner; what runs may end, but is not committed. */
  revoke(partition: AssignedPartition): void;
  /**
   * Begins no more jobs, waits up to `deadlineMs` for those that run, and for their commits. Of those that take longer
   * nothing is committed.
   */
  stop(deadlineMs: number): Promise<void>;
};

type Options = {
  concurrency: number;
  maxPending: number;
  clock: Clock;
  onFailure: (error: unknown) => void;
};

const keyOf = (p: AssignedPartition): string => `${p.topic}/${p.partition}`;

export const createWorkQueue = ({ concurrency, maxPending, clock, onFailure }: Options): WorkQueue => {
  const lanes = new Map<string, WorkLane>();
  const running = new Set<Promise<void>>();
  let isStopped = false;
  let isAbandoned = false;

  const laneOf = (partition: AssignedPartition): WorkLane | undefined => {
    const lane = lanes.get(keyOf(partition));
    return lane?.partition === partition ? lane : undefined;
  };

  const start = (job: Job): void => {
    const run = async (): Promise<void> => {
      await job();
      running.delete(ended);
      pump();
    };
    const ended = run();
    running.add(ended);
  };

  /** A partition that a job was taken of goes to the end of the row, so that a busy one does not starve the others. */
  const pump = (): void => {
    for (const [key, lane] of lanes) {
      if (running.size >= concurrency || isStopped) return;
      const job = lane.take();
      if (!job) continue;
      lanes.delete(key);
      lanes.set(key, lane);
      start(job);
    }
  };

  return {
    assign: (partition) => {
      lanes.set(keyOf(partition), createWorkLane(partition, { maxPending, mayCommit: () => !isAbandoned, onFailure }));
    },
    add: (partition, offset, job) => {
      if (isStopped) return;
      laneOf(partition)?.add(offset, job);
      pump();
    },
    revoke: (partition) => {
      if (laneOf(partition)) lanes.delete(keyOf(partition));
    },
    stop: async (deadlineMs) => {
      isStopped = true;
      const deadline = new AbortController();
      const finish = async (): Promise<void> => {
        await Promise.all(running);
        await Promise.all([...lanes.values()].map((lane) => lane.committed()));
      };
      await Promise.race([finish(), clock.sleep(deadlineMs, deadline.signal)]);
      deadline.abort();
      isAbandoned = true;
    },
  };
};
