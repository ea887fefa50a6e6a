import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AssignedPartition } from '../kafka/bus.ts';
import { systemClock } from '../process/clock.ts';
import { createWorkQueue } from './work-queue.ts';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const fakePartition = (topic = 't', partition = 0) => {
  const commits: number[] = [];
  const state = { isAlive: true, isPaused: false, pauses: 0, commitWork: Promise.resolve() };
  const handle: AssignedPartition = {
    topic,
    partition,
    alive: () => state.isAlive,
    commit: async (offset) => {
      commits.push(offset);
      await state.commitWork;
      return true;
    },
    pause: () => {
      state.isPaused = true;
      state.pauses += 1;
    },
    resume: () => {
      state.isPaused = false;
    },
  };
  return { handle, commits, state };
};

/** Jobs that end when told, and a note of the order in which they began. */
const createJobs = () => {
  const begun: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const job = (name: string) => (): Promise<void> => {
    begun.push(name);
    return new Promise((resolve, reject) => ends.set(name, { resolve, reject }));
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.resolve();
    await settled();
  };
  const fail = async (name: string): Promise<void> => {
    ends.get(name)?.reject(new Error(name));
    await settled();
  };
  return { begun, job, end, fail };
};

const setUp = (concurrency: number, maxPending = 100) => {
  const failures: unknown[] = [];
  const queue = createWorkQueue({ concurrency, maxPending, clock: systemClock, onFailure: (e) => failures.push(e) });
  const partition = fakePartition();
  queue.assign(partition.handle);
  return { queue, failures, ...partition, ...createJobs() };
};

describe('order', () => {
  it('begins the jobs of a partition in order, at most `concurrency` at a time', async () => {
    const { queue, handle, begun, job, end } = setUp(2);
    for (let i = 0; i < 4; i++) queue.add(handle, i, job(`${i}`));
    expect(begun).toEqual(['0', '1']);
    await end('1');
    expect(begun).toEqual(['0', '1', '2']);
    await end('0');
    expect(begun).toEqual(['0', '1', '2', '3']);
  });

  it('takes partitions in turn, so that a busy one does not starve the others', async () => {
    const { queue, handle, begun, job, end } = setUp(1);
    const other = fakePartition('t', 1);
    queue.assign(other.handle);
    for (let i = 0; i < 3; i++) queue.add(handle, i, job(`a${i}`));
    for (let i = 0; i < 3; i++) queue.add(other.handle, i, job(`b${i}`));
    for (const name of ['a0', 'b0', 'a1', 'b1', 'a2', 'b2']) await end(name);
    expect(begun).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
  });
});

describe('commits', () => {
  it('are of the finished prefix only', async () => {
    const { queue, handle, commits, job, end } = setUp(10);
    for (const offset of [5, 6, 9, 10]) queue.add(handle, offset, job(`${offset}`));
    await end('6');
    await end('10');
    expect(commits).toEqual([]);
    await end('5');
    expect(commits).toEqual([7]);
    await end('9');
    expect(commits).toEqual([7, 11]);
  });

  it('cover records without work, but not before the work that stands before them', async () => {
    const { queue, handle, commits, job, end } = setUp(10);
    queue.add(handle, 0);
    await settled();
    queue.add(handle, 1, job('1'));
    queue.add(handle, 2);
    await settled();
    expect(commits).toEqual([1]);
    await end('1');
    expect(commits).toEqual([1, 3]);
  });

  it('are one at a time, and what finishes meanwhile goes into the next', async () => {
    const { queue, handle, commits, state, job, end } = setUp(10);
    let release = (): void => {};
    state.commitWork = new Promise((resolve) => (release = resolve));
    for (let i = 0; i < 5; i++) queue.add(handle, i, job(`${i}`));
    for (let i = 0; i < 5; i++) await end(`${i}`);
    expect(commits).toEqual([1]);
    release();
    await settled();
    expect(commits).toEqual([1, 5]);
  });

  it('count a job that failed as finished, and tell of it', async () => {
    const { queue, handle, commits, failures, job, fail } = setUp(10);
    queue.add(handle, 0, job('0'));
    queue.add(handle, 1, async () => {
      throw new Error('at once');
    });
    await fail('0');
    expect(commits.at(-1)).toBe(2);
    expect(failures.map(String).toSorted()).toEqual(['Error: 0', 'Error: at once']);
  });

  it('never pass an unfinished job, and end at the last record, whatever the order of ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 8 }),
        fc.infiniteStream(fc.nat(1000)),
        async (hasJob, concurrency, picks) => {
          const { queue, handle, commits, begun, job, end } = setUp(concurrency);
          const ended = new Set<number>();
          for (const [i, has] of hasJob.entries()) queue.add(handle, i * 2, has ? job(`${i * 2}`) : undefined);
          const unended = (): number[] => hasJob.flatMap((has, i) => (has && !ended.has(i * 2) ? [i * 2] : []));
          while (unended().length > 0) {
            const running = begun.map(Number).filter((offset) => !ended.has(offset));
            expect(running.length).toBeLessThanOrEqual(concurrency);
            const offset = running[(picks.next().value ?? 0) % running.length]!;
            ended.add(offset);
            await end(`${offset}`);
            expect(commits.at(-1) ?? 0).toBeLessThanOrEqual(unended()[0] ?? Number.POSITIVE_INFINITY);
          }
          await settled();
          expect(commits.at(-1)).toBe((hasJob.length - 1) * 2 + 1);
          expect(commits).toEqual(commits.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a full queue', () => {
  it('pauses its partition, takes what still comes, and resumes at half', async () => {
    const { queue, handle, state, begun, job, end } = setUp(1, 4);
    for (let i = 0; i < 6; i++) queue.add(handle, i, job(`${i}`));
    expect(state).toMatchObject({ isPaused: true, pauses: 1 });
    for (const name of ['0', '1', '2']) await end(name);
    expect(state.isPaused).toBe(true);
    await end('3');
    expect(state.isPaused).toBe(false);
    await end('4');
    await end('5');
    expect(begun).toHaveLength(6);
  });
});

describe('a revoked partition', () => {
  it('begins no more of its jobs and commits nothing of those that run', async () => {
    const { queue, handle, commits, state, begun, job, end } = setUp(1);
    queue.add(handle, 0, job('0'));
    queue.add(handle, 1, job('1'));
    state.isAlive = false;
    queue.revoke(handle);
    await end('0');
    queue.add(handle, 2, job('2'));
    expect(begun).toEqual(['0']);
    expect(commits).toEqual([]);
  });

  it('does not disturb its next assignment', async () => {
    const { queue, handle, state, commits, job, end, begun } = setUp(4);
    queue.add(handle, 0, job('old'));
    state.isAlive = false;
    const again = fakePartition();
    queue.assign(again.handle);
    queue.revoke(handle);
    queue.add(again.handle, 0, job('new'));
    await end('old');
    expect(again.commits).toEqual([]);
    await end('new');
    expect(begun).toEqual(['old', 'new']);
    expect(again.commits).toEqual([1]);
    expect(commits).toEqual([]);
  });
});

describe('records that come again', () => {
  it('are worked on again and move no commit', async () => {
    const { queue, handle, commits, failures, job, end } = setUp(10);
    for (const offset of [7, 8]) queue.add(handle, offset, job(`${offset}`));
    for (const offset of [7, 8]) queue.add(handle, offset, job(`again ${offset}`));
    await end('again 8');
    await end('again 7');
    expect(commits).toEqual([]);
    await end('7');
    await end('8');
    expect(commits).toEqual([8, 9]);
    expect(failures).toEqual([]);
  });
});

describe('stop', () => {
  it('begins nothing more, waits for what runs and for its commit', async () => {
    const { queue, handle, commits, state, begun, job, end } = setUp(1);
    let release = (): void => {};
    state.commitWork = new Promise((resolve) => (release = resolve));
    queue.add(handle, 0, job('0'));
    queue.add(handle, 1, job('1'));
    let isStopped = false;
    const stopping = queue.stop(60_000).then(() => (isStopped = true));
    queue.add(handle, 2, job('2'));
    await end('0');
    expect(commits).toEqual([1]);
    expect(isStopped).toBe(false);
    release();
    await stopping;
    expect(begun).toEqual(['0']);
  });

  it('leaves a job that takes too long uncommitted, even when it ends later', async () => {
    const { queue, handle, commits, job, end } = setUp(1);
    queue.add(handle, 0, job('0'));
    await queue.stop(5);
    await end('0');
    expect(commits).toEqual([]);
  });

  it('is at once when nothing runs', async () => {
    await setUp(1).queue.stop(60_000);
  });
});
