import { parentPort, workerData } from 'node:worker_threads';
import type { Message, Task } from './parallel.ts';
import { playRange } from './simulate.ts';

/** Plays one range of rollouts in a thread of its own: started by parallel.ts. */
const { simulation, range } = workerData as Task;
const say = (message: Message): void => {
  // A thread has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(message);
};
say({ kind: 'ended', ended: playRange(simulation, range, () => say({ kind: 'progress' })) });
