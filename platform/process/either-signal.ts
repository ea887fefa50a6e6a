/**
 * Runs something under a signal that aborts with the first of these, of which nothing is left once it has ended. For signals that live long
 * this is not `AbortSignal.any`, which leaves two weak references and their record behind for each call (Node 22): 100 bytes that a
 * consumer would never get back for each batch it reads.
 */
export const withEither = async <T>(
  signals: readonly AbortSignal[],
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const either = new AbortController();
  const abort = (): void => either.abort();
  if (signals.some(({ aborted }) => aborted)) abort();
  for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
  try {
    return await run(either.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
};
