/** Work that is asked for by key, as often as one likes. */
export type RunAgain<K> = {
  ask(key: K): void;
  /** Resolves once nothing runs of what was asked for so far. */
  idle(): Promise<void>;
};

/**
 * Runs each key's work one time after the other: what is asked for while it runs is run once more afterwards, unless
 * `isStopped` by then. `run` sees to its own errors; a rejection ends the process like any other that nobody handles.
 */
export const createRunAgain = <K>(run: (key: K) => Promise<void>, isStopped: () => boolean): RunAgain<K> => {
  const running = new Map<K, Promise<void>>();
  const again = new Set<K>();
  const runAll = async (key: K): Promise<void> => {
    do {
      again.delete(key);
      await run(key);
    } while (again.has(key) && !isStopped());
    again.delete(key);
    running.delete(key);
  };
  return {
    ask: (key) => {
      if (running.has(key)) again.add(key);
      else {
        // Before the first await: what `run` asks for at once must find its key running.
        const { promise, resolve } = Promise.withResolvers<void>();
        running.set(key, promise);
        void runAll(key).finally(resolve);
      }
    },
    idle: async () => {
      await Promise.all(running.values());
    },
  };
};
