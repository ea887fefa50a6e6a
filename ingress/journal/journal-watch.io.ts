import { type JournalFloor, WRITES } from './journal-floor.ts';

/** Resolves when there are other than so many writes, after so long at the latest, and at once when the signal aborts. */
export const untilWritten = async (
  floor: JournalFloor,
  writes: bigint,
  withinMs: number,
  signal: AbortSignal,
): Promise<void> => {
  if (signal.aborted) return;
  const wake = (): void => void Atomics.notify(floor, WRITES);
  signal.addEventListener('abort', wake, { once: true });
  await Atomics.waitAsync(floor, WRITES, writes, withinMs).value;
  signal.removeEventListener('abort', wake);
};
