/**
 * Offsets that may be committed when work finishes out of order: everything before the first unfinished one. Offsets may
 * have gaps (compaction, dead letters); they must be started in ascending order.
 */
export type InOrderCommit = {
  started(offset: number): void;
  /** The next offset to commit when this one lengthened the finished prefix, else undefined. */
  finished(offset: number): number | undefined;
  /** How many are started and not yet finished. */
  pending(): number;
};

export const createInOrderCommit = (firstOffset: number): InOrderCommit => {
  const finishedByOffset = new Map<number, boolean>();
  let nextOffset = firstOffset;
  let unfinished = 0;
  return {
    started: (offset) => {
      if (offset < nextOffset)
        throw new Error(`offset ${offset} started after ${nextOffset - 1}; offsets must be started in ascending order`);
      finishedByOffset.set(offset, false);
      nextOffset = offset + 1;
      unfinished += 1;
    },
    finished: (offset) => {
      if (finishedByOffset.get(offset) !== false) throw new Error(`offset ${offset} is not under way`);
      finishedByOffset.set(offset, true);
      unfinished -= 1;
      let commit: number | undefined;
      for (const [done, isFinished] of finishedByOffset) {
        if (!isFinished) break;
        finishedByOffset.delete(done);
        commit = done + 1;
      }
      return commit;
    },
    pending: () => unfinished,
  };
};
