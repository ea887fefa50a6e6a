/**
 * What the journal's writer tells its reader across threads: the time of records being written right now.
 *
 * A reader that finds the journal's end at time T may say "everything up to T is behind me" only if no record with an
 * earlier time is about to be written. So the writer raises this before it takes its time and clears it after the write;
 * the reader looks at the clock, then here, then at the file.
 */
export type JournalFloor = BigInt64Array;

const IDLE = 0n;

export const createFloor = (): JournalFloor => new BigInt64Array(new SharedArrayBuffer(8));

export const raiseFloor = (floor: JournalFloor, nowMs: number): void => {
  Atomics.store(floor, 0, BigInt(nowMs));
};

export const clearFloor = (floor: JournalFloor): void => {
  Atomics.store(floor, 0, IDLE);
};

/** The last millisecond that no later write can fall in; read the journal to its end after this. */
export const settledMs = (floor: JournalFloor, nowMs: number): number => {
  const writing = Atomics.load(floor, 0);
  return Math.min(nowMs, writing === IDLE ? nowMs : Number(writing)) - 1;
};
