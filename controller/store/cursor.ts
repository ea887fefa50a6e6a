import { cursorOf, positionIn } from '../cursor.ts';

/** Where a page of the store ended: what it is ordered by, and the row's number, which settles what is equal by that. */
export type Place = { by: number; no: number };

const STORE = 'store';

export const cursorOfPlace = ({ by, no }: Place): string => cursorOf(STORE, [by, no]);

/** Null for a text that is no cursor of the store. */
export const placeIn = (cursor: string): Place | null => {
  const [by, no, ...more] = positionIn(STORE, cursor) ?? [];
  const isPlace = typeof by === 'number' && typeof no === 'number' && Number.isSafeInteger(no) && more.length === 0;
  return isPlace ? { by, no } : null;
};
