import { type Headers, replayedOffset } from './dead-letter.ts';

/** The letters of one partition that were not sent back, as far as it was read. Changed in place by the one who reads it. */
export type WaitingLetters = { next: number; offsets: Set<number>; isCut: boolean };

/** So many are told apart in a partition; what is beyond them is looked at once these have gone. */
export const MOST_WAITING = 100_000;

export const noWaiting = (): WaitingLetters => ({ next: 0, offsets: new Set(), isCut: false });

/** Takes the next record: a letter, or the mark that one was sent back. */
export const takeLetter = (
  waiting: WaitingLetters,
  { offset, headers }: { offset: number; headers: Headers },
): void => {
  const replayed = replayedOffset(headers);
  if (replayed !== null) waiting.offsets.delete(replayed);
  else if (waiting.offsets.size < MOST_WAITING) waiting.offsets.add(offset);
  else waiting.isCut = true;
  waiting.next = offset + 1;
};

/** Forgets what lies before the partition's first record: somebody deleted it, or its time was over. */
export const forgetBefore = (waiting: WaitingLetters, first: number): void => {
  for (const offset of waiting.offsets) {
    if (offset >= first) break;
    waiting.offsets.delete(offset);
  }
  if (waiting.isCut && waiting.offsets.size === 0) Object.assign(waiting, noWaiting());
};
