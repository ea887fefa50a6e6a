import type { Worker } from 'node:worker_threads';
import { backoff } from './retry.ts';

export type SupervisedThread<To> = {
  tell(message: To): void;
  /** Tells it the last message, and ends it where it has not ended by itself within that time. It is not started again. */
  stop(message: To, withinMs: number): Promise<void>;
};

type Supervision<From> = {
  start: () => Worker;
  /** Answers whether the message shows that the thread does its work: its next end is then the first one again. */
  onMessage: (message: From) => boolean;
  onExit?: () => void;
  /** It ended by itself, and is started again after so long. */
  onDied: (error: unknown, waitMs: number) => void;
};

const BACKOFF = { firstMs: 500, maxMs: 10_000 };

/** Runs a thread, and again whenever it ends by itself, after longer and longer waits. */
export const superviseThread = <From, To>(supervision: Supervision<From>): SupervisedThread<To> => {
  const { onMessage, onExit, onDied } = supervision;
  let worker: Worker;
  let isStopping = false;
  let attempt = 0;
  let restart: NodeJS.Timeout | undefined;
  let onLastExit: () => void = () => {};

  const start = (): void => {
    let fault: unknown = null;
    worker = supervision.start();
    worker.on('message', (message: From) => {
      if (onMessage(message)) attempt = 0;
    });
    worker.on('error', (error) => (fault = error));
    worker.on('exit', (code) => {
      onExit?.();
      onLastExit();
      if (isStopping) return;
      attempt += 1;
      const waitMs = backoff(attempt, BACKOFF);
      onDied(fault ?? new Error(`exit code ${code}`), waitMs);
      restart = setTimeout(start, waitMs);
    });
  };
  start();

  const tell = (message: To): void => {
    // A worker takes no origin: the rule means windows.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    worker.postMessage(message);
  };
  return {
    tell,
    stop: async (message, withinMs) => {
      isStopping = true;
      clearTimeout(restart);
      if (worker.threadId === -1) return;
      const exited = new Promise<void>((resolve) => (onLastExit = resolve));
      tell(message);
      const late = setTimeout(() => void worker.terminate(), withinMs);
      await exited;
      clearTimeout(late);
    },
  };
};
