import { createHash } from 'node:crypto';
import type { Case } from './case.ts';

const placeOf = (seed: number, id: string): string => createHash('sha256').update(`${seed}|${id}`).digest('hex');

/**
 * So many of the cases, the same for the same seed, in their own order. Which they are depends on each case's id alone: a case that is added or
 * taken away changes one of them.
 */
export const sampled = (cases: readonly Case[], size: number, seed: number): readonly Case[] => {
  if (size >= cases.length) return cases;
  const drawn = new Set(
    cases
      .map(({ id }) => ({ id, place: placeOf(seed, id) }))
      .toSorted((a, b) => (a.place < b.place ? -1 : 1))
      .slice(0, size)
      .map(({ id }) => id),
  );
  return cases.filter(({ id }) => drawn.has(id));
};
