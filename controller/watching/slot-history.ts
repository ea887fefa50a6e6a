import type { Sum } from '../rules/formulas/bernstein.ts';

/**
 * Sums of values by slot of time, the latest so many. Mutable: one cell's, owned by the loop that reads its windows; a copy for each slot
 * would cost more than everything else.
 */
export type SlotHistory = { first: number; n: number[]; s1: number[]; s2: number[] };

export const NO_SUM: Sum = { n: 0, s1: 0, s2: 0 };

export const newHistory = (first: number): SlotHistory => ({ first, n: [], s1: [], s2: [] });

export const sumAt = ({ first, n, s1, s2 }: SlotHistory, slot: number): Sum =>
  slot < first || slot >= first + n.length
    ? NO_SUM
    : { n: n[slot - first]!, s1: s1[slot - first]!, s2: s2[slot - first]! };

/** Adds a slot behind the last one. Twice as many as are kept are held, so that the old ones go many at a time. */
export const pushSum = (history: SlotHistory, sum: Sum, kept: number): void => {
  history.n.push(sum.n);
  history.s1.push(sum.s1);
  history.s2.push(sum.s2);
  if (history.n.length < 2 * kept) return;
  for (const list of [history.n, history.s1, history.s2]) list.splice(0, kept);
  history.first += kept;
};

/** Adds to the slot behind which the next one goes. */
export const addToLast = ({ n, s1, s2 }: SlotHistory, sum: Sum): void => {
  if (n.length === 0) throw new RangeError('there is no slot yet');
  n[n.length - 1]! += sum.n;
  s1[s1.length - 1]! += sum.s1;
  s2[s2.length - 1]! += sum.s2;
};

/** What stood at the same place of the cycles before: slot − lag, slot − 2·lag and so on, as far as there are any. */
export const laggedSum = (history: SlotHistory, slot: number, lag: number, times: number): Sum => {
  let [n, s1, s2] = [0, 0, 0];
  for (let i = 1; i <= times; i++) {
    const at = slot - i * lag - history.first;
    if (at < 0) break;
    n += history.n[at] ?? 0;
    s1 += history.s1[at] ?? 0;
    s2 += history.s2[at] ?? 0;
  }
  return { n, s1, s2 };
};
