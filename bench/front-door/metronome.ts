import { parentPort, workerData } from 'node:worker_threads';
import { hostNowMs } from './exchange.ts';

/**
 * A thread that tells when each request is due, to a few dozen microseconds: timers of an event loop are a millisecond
 * apart, which is more than what is measured. Posts each due time in milliseconds of the host's clock.
 */
const { perSecond, count } = workerData as { perSecond: number; count: number };
const cell = new Int32Array(new SharedArrayBuffer(4));
const startMs = hostNowMs() + 5;

for (let i = 0; i < count; i++) {
  const dueMs = startMs + (i * 1_000) / perSecond;
  const waitMs = dueMs - hostNowMs();
  if (waitMs > 0) Atomics.wait(cell, 0, 0, waitMs);
  // A thread has no origin.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort?.postMessage(dueMs);
}
