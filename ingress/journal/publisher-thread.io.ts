import { Worker } from 'node:worker_threads';
import type { KafkaAccess, RegistryAccess } from '../../platform/process/parts-security.ts';
import { backoff } from '../../platform/process/retry.ts';
import type { JournalFloor } from './journal-floor.ts';

/** What the publisher's thread is started with. */
export type PublisherSettings = KafkaAccess &
  RegistryAccess & { dataDir: string; logLevel: string; floor: JournalFloor };

/** To the thread: stop within so many milliseconds. From it, once a second: its metrics, and for how long nothing moved. */
export type ToPublisher = { stopWithinMs: number };
export type FromPublisher = { metricsText: string; stalledMs: number };

export type PublisherThread = {
  metricsText: () => string;
  /** For how long nothing moved from the journal to Kafka, as far as is known: a thread that says nothing moves nothing. */
  stalledMs: () => number;
  stop: (deadlineMs: number) => Promise<void>;
};

/** A batch's records are garbage once Kafka has them: with room for several batches most are never copied. */
const YOUNG_MB = 64;
const BACKOFF = { firstMs: 500, maxMs: 10_000 };

/** Runs the publisher in a thread of its own, and again whenever it ends by itself: the journal waits meanwhile. */
export const startPublisherThread = (
  settings: PublisherSettings,
  onDied: (error: unknown, waitMs: number) => void,
): PublisherThread => {
  let metricsText = '';
  let stalledMs = 0;
  let heardAtMs = performance.now();
  let worker: Worker;
  let isStopping = false;
  let attempt = 0;
  let restart: NodeJS.Timeout | undefined;
  let onExit: () => void = () => {};

  const start = (): void => {
    let fault: unknown = null;
    worker = new Worker(new URL('./publisher.ts', import.meta.url), {
      workerData: settings,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    worker.on('message', (message: FromPublisher) => {
      ({ metricsText, stalledMs } = message);
      heardAtMs = performance.now();
      attempt = 0;
    });
    worker.on('error', (error) => (fault = error));
    worker.on('exit', (code) => {
      onExit();
      if (isStopping) return;
      attempt += 1;
      const waitMs = backoff(attempt, BACKOFF);
      onDied(fault ?? new Error(`exit code ${code}`), waitMs);
      restart = setTimeout(start, waitMs);
    });
  };
  start();

  return {
    metricsText: () => metricsText,
    stalledMs: () => stalledMs + performance.now() - heardAtMs,
    stop: async (deadlineMs) => {
      isStopping = true;
      clearTimeout(restart);
      const exited = new Promise<void>((resolve) => (onExit = resolve));
      if (worker.threadId === -1) return;
      // A worker takes no origin: the rule means windows.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      worker.postMessage({ stopWithinMs: deadlineMs } satisfies ToPublisher);
      const late = setTimeout(() => void worker.terminate(), deadlineMs + 1_000);
      await exited;
      clearTimeout(late);
    },
  };
};
