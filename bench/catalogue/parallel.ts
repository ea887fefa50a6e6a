import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import type { Candidate } from './candidate.ts';
import type { Fate, Setting } from './play.ts';

/** What a thread is given: functions can't be sent, so the candidate goes by its name. */
export type Task = { name: string; setting: Setting };

const inThread = (candidate: Candidate, setting: Setting): Promise<Fate> =>
  new Promise((resolve, reject) => {
    const task: Task = { name: candidate.name, setting };
    const worker = new Worker(new URL('thread.ts', import.meta.url), { workerData: task });
    worker.once('message', (fate: Omit<Fate, 'candidate'>) => resolve({ candidate, ...fate }));
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread of ${candidate.name} ended with ${code}`)));
  });

/** Plays the candidates, so many at a time; the fates in their order. */
export const playAll = (
  candidates: readonly Candidate[],
  setting: Setting,
  jobs: number,
  onFate: (fate: Fate) => void,
): Promise<Fate[]> => {
  const limit = pLimit(jobs);
  return Promise.all(
    candidates.map((candidate) =>
      limit(async () => {
        const fate = await inThread(candidate, setting);
        onFate(fate);
        return fate;
      }),
    ),
  );
};
