/**
 * What the journal's writer tells its reader across threads: the time of records being written right now.
 *
 * A reader that finds the journal's end at time T may say "everything up to T is behind me" only if no record with an
 * earlier time is about to be written. So the writer raises this before it takes its time and clears it after the write;
 * the reader looks at the clock, then here, then at the file.
 */
export type JournalFloor = BigInt64Array;

const IDLE = 0n;
/** Where the number of writes so far stands. */
export const WRITES = 1;

export const createFloor = (): JournalFloor => new BigInt64Array(new SharedArrayBuffer(16));

export const raiseFloor = (floor: JournalFloor, nowMs: number): void => {
  Atomics.store(floor, 0, BigInt(nowMs));
};

/** Counts the write before it clears: who finds nothing being written, and no more writes than before, has missed none. */
export const clearFloor = (floor: JournalFloor): void => {
  Atomics.add(floor, WRITES, 1n);
  Atomics.notify(floor, WRITES);
  Atomics.store(floor, 0, IDLE);
};

/** The last millisecond that no later write can fall in; read the journal to its end after this. */
export const settledMs = (floor: JournalFloor, nowMs: number): number => {
  const writing = Atomics.load(floor, 0);
  return Math.min(nowMs, writing === IDLE ? nowMs : Number(writing)) - 1;
};

/** Writes so far, those that failed among them. As long as it stays the same, the journal has nothing new. */
export const writesSoFar = (floor: JournalFloor): bigint => Atomics.load(floor, WRITES);

/** A clock that is set back by less is waited for; one that is set back by more is followed. */
const WAITED_FOR_MS = 5_000;

/**
 * The next time of what runs along with the clock: never back by a little, as when a clock is slewed, so that what was said
 * to be complete stays so; but back with a clock that had leapt ahead, or nothing would move until it is as late again.
 */
export const alongWith = (lastMs: number, nowMs: number): number =>
  nowMs < lastMs - WAITED_FOR_MS ? nowMs : Math.max(lastMs, nowMs);
