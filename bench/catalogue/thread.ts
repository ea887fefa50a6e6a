import { parentPort, workerData } from 'node:worker_threads';
import type { Task } from './parallel.ts';
import { play } from './play.ts';
import { CANDIDATES } from './registry.ts';

/** Plays one candidate in a thread of its own: started by parallel.ts. */
const { name, setting } = workerData as Task;
const { candidate: _, ...fate } = await play(
  CANDIDATES.find((one) => one.name === name)!,
  setting,
);
// A thread has no origin.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(fate);
