import { Worker } from 'node:worker_threads';
import { type Ended, playRange, type Range, type Simulation } from './simulate.ts';

/** What a thread is given, and what it says: that it finished one more rollout, or how all of its ended. */
export type Task = { simulation: Simulation; range: Range };
export type Message = { kind: 'progress' } | { kind: 'ended'; ended: Ended[] };

/** Rollouts shared by threads, in order of their numbers: the same whatever the number of threads. */
export const playInParallel = async (
  simulation: Simulation,
  jobs: number,
  progress: (done: number) => void = () => {},
): Promise<Ended[]> => {
  const { rollouts } = simulation;
  if (jobs === 1) return playRange(simulation, { from: 0, to: rollouts }, progress);
  const edge = (job: number): number => Math.round((job * rollouts) / jobs);
  const ranges = Array.from({ length: jobs }, (_, job) => ({ from: edge(job), to: edge(job + 1) }));
  let done = 0;
  const onProgress = (): void => progress((done += 1));
  return (await Promise.all(ranges.map((range) => playInThread({ simulation, range }, onProgress)))).flat();
};

const playInThread = (task: Task, onProgress: () => void): Promise<Ended[]> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('thread.ts', import.meta.url), { workerData: task });
    worker.on('message', (message: Message) => (message.kind === 'ended' ? resolve(message.ended) : onProgress()));
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread of the simulation ended with ${code}`)));
  });
