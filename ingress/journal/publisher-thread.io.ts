import { Worker } from 'node:worker_threads';
import type { KafkaAccess, RegistryAccess } from '../../platform/process/parts-security.ts';
import { superviseThread } from '../../platform/process/supervised-thread.ts';
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

/** Runs the publisher in a thread of its own, and again whenever it ends by itself: the journal waits meanwhile. */
export const startPublisherThread = (
  settings: PublisherSettings,
  onDied: (error: unknown, waitMs: number) => void,
): PublisherThread => {
  let metricsText = '';
  let stalledMs = 0;
  let heardAtMs = performance.now();
  const thread = superviseThread<FromPublisher, ToPublisher>({
    start: () =>
      new Worker(new URL('./publisher.ts', import.meta.url), {
        workerData: settings,
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      }),
    onMessage: (message) => {
      ({ metricsText, stalledMs } = message);
      heardAtMs = performance.now();
      return true;
    },
    onDied,
  });

  return {
    metricsText: () => metricsText,
    stalledMs: () => stalledMs + performance.now() - heardAtMs,
    stop: (deadlineMs) => thread.stop({ stopWithinMs: deadlineMs }, deadlineMs + 1_000),
  };
};
