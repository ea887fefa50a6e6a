import { messageOf } from '../../schemas/error-message.ts';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ReadDocuments } from '../../schemas/read-documents.ts';

const TIMEOUT_MS = 2_000;
/** Many times what the largest text needs; a thread that takes more ends alone. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

type Thread = { worker: Worker; up: Promise<unknown> };

const startThread = (): Thread => {
  const worker = new Worker(new URL('./document-thread.ts', import.meta.url), { resourceLimits: LIMITS });
  const up = once(worker, 'message');
  up.catch(() => {});
  return { worker, up };
};

const refused = (reason: string): ReadDocuments => ({ issues: [{ path: '', reason }] });

/**
 * Reads documents in a thread of its own, one text after the other: what decides never waits for a text that somebody made to take
 * long. One that takes longer than the time limit, or more memory than there is, is refused, and the thread made anew.
 */
export const startDocumentReader = (
  timeoutMs = TIMEOUT_MS,
): { read: (text: string) => Promise<ReadDocuments>; stop: () => Promise<void> } => {
  let thread = startThread();
  let turn: Promise<unknown> = Promise.resolve();

  const readNow = async (text: string): Promise<ReadDocuments> => {
    const { worker, up } = thread;
    try {
      await up;
      // A worker takes no origin: the rule means windows.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      worker.postMessage(text);
      const [read] = (await once(worker, 'message', { signal: AbortSignal.timeout(timeoutMs) })) as [ReadDocuments];
      return read;
    } catch (error) {
      thread = startThread();
      void worker.terminate();
      if (error instanceof Error && error.name === 'AbortError')
        return refused(`it took longer than ${timeoutMs / 1000} s to read, and was given up`);
      return refused(`it can't be read: ${messageOf(error)}`);
    }
  };

  return {
    read: (text) => {
      const reading = turn.then(() => readNow(text));
      turn = reading;
      return reading;
    },
    stop: async () => void (await thread.worker.terminate()),
  };
};
