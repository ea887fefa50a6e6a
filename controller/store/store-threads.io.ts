import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { KafkaAccess, RegistryAccess } from '../../platform/process/parts-security.ts';
import { superviseThread } from '../../platform/process/supervised-thread.ts';
import type { StoreBounds } from './following.ts';
import { type AskStore, type StoreReader, StoreUnavailableError } from './store-reader.ts';
import { STORE_FILE } from './tables.ts';

/** What the thread that folds is started with, what it is told, and what it tells: that the file is there, and its metrics once a second. */
export type FoldSettings = KafkaAccess & RegistryAccess & StoreBounds & { file: string; logLevel: string };
export type ToFold = { kind: 'stop' } | { kind: 'damaged' };
export type FromFold = { kind: 'open' } | { kind: 'metrics'; metricsText: string };

/** The same of the thread that answers. */
export type QuerySettings = { file: string };
export type ToQuery = { id: number; call: keyof StoreReader; asked: unknown };
export type FromQuery = { id: number; ok: unknown } | { id: number; error: string; isDamaged: boolean };

export type StoreSettings = KafkaAccess & RegistryAccess & StoreBounds & { dataDir: string; logLevel: string };

export type Store = { ask: AskStore; metricsText(): string; stop(): Promise<void> };

/** A query that takes longer is given up with its thread: the next one gets a new one. */
const QUERY_TIMEOUT_MS = 5_000;
/** So many may wait; pages ask for a few at a time. */
const MAX_WAITING = 200;
const STOP_WITHIN_MS = 2_000;
/** `node:sqlite` says at its first use that it is experimental. */
const execArgv = ['--disable-warning=ExperimentalWarning'];

type Waiting = { resolve: (ok: never) => void; reject: (error: Error) => void };

/** The thread that answers from the file; made anew at the next question after it ended or was too slow. */
const createQueries = (file: string, timeoutMs: number, onDamage: () => void) => {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let count = 0;

  const end = (why: string): void => {
    const ended = worker;
    worker = null;
    void ended?.terminate();
    for (const { reject } of waiting.values()) reject(new StoreUnavailableError(why));
    waiting.clear();
  };
  const start = (): Worker => {
    const started = new Worker(new URL('./query-thread.ts', import.meta.url), {
      workerData: { file } satisfies QuerySettings,
      execArgv,
    });
    started.on('message', (message: FromQuery) => {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if ('ok' in message) return asked?.resolve(message.ok as never);
      asked?.reject(new StoreUnavailableError(`the store could not answer: ${message.error}`));
      if (message.isDamaged) onDamage();
    });
    started.on('error', (error) => {
      if (worker === started) end(`the store could not be read: ${error.message}`);
    });
    return started;
  };
  const ask: AskStore = async (call, asked) => {
    if (waiting.size >= MAX_WAITING) throw new StoreUnavailableError('the store has too many questions to answer');
    const asking = (worker ??= start());
    const id = (count += 1);
    const answered = new Promise<never>((resolve, reject) => waiting.set(id, { resolve, reject }));
    const late = setTimeout(() => {
      if (waiting.has(id))
        end(`the store took longer than ${timeoutMs / 1_000} s; ask for less (an agent, a rollout, a time)`);
    }, timeoutMs);
    // A worker takes no origin: the rule means windows.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    asking.postMessage({ id, call, asked } satisfies ToQuery);
    return answered.finally(() => clearTimeout(late));
  };
  /** Has the thread ready before the first question, which else waits for its start. */
  const begin = (): void => void (worker ??= start());
  return { ask, begin, end };
};

/**
 * Runs the store in threads of its own: one folds the topics into the file, and is started again whenever it ends by itself; one
 * answers. What decides waits for neither.
 */
export const startStore = (
  { dataDir, ...settings }: StoreSettings,
  onDied: (error: unknown, waitMs: number) => void,
  queryTimeoutMs = QUERY_TIMEOUT_MS,
): Store => {
  const file = path.join(dataDir, STORE_FILE);
  let isOpen = false;
  let metricsText = '';
  const queries = createQueries(file, queryTimeoutMs, () => fold.tell({ kind: 'damaged' }));
  const fold = superviseThread<FromFold, ToFold>({
    start: () =>
      new Worker(new URL('./fold-thread.ts', import.meta.url), {
        workerData: { ...settings, file } satisfies FoldSettings,
        execArgv,
      }),
    onMessage: (message) => {
      if (message.kind === 'metrics') metricsText = message.metricsText;
      else {
        isOpen = true;
        queries.begin();
      }
      return message.kind === 'metrics';
    },
    onExit: () => {
      isOpen = false;
      queries.end('the store is being opened again');
    },
    onDied,
  });

  return {
    ask: async (call, asked) => {
      if (!isOpen) throw new StoreUnavailableError('the store is being opened; ask again in a moment');
      return queries.ask(call, asked);
    },
    metricsText: () => metricsText,
    stop: () => {
      queries.end('the controller is stopping');
      return fold.stop({ kind: 'stop' }, STOP_WITHIN_MS);
    },
  };
};
