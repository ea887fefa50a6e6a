import { z } from 'zod';

/** Where an entry stands in its list, whatever comes or goes beside it. No two entries of a list have the same. */
export type Position = readonly (string | number)[];

const Read = z.array(z.union([z.string(), z.number()])).min(2);

/** @param list a cursor is of one list and of no other. */
export const cursorOf = (list: string, position: Position): string =>
  Buffer.from(JSON.stringify([list, ...position])).toString('base64url');

/** The position in a cursor; null where it is none that the list has given. */
export const positionIn = (list: string, cursor: string): Position | null => {
  try {
    const [of, ...position] = Read.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return of === list && cursorOf(list, position) === cursor ? position : null;
  } catch {
    return null;
  }
};
