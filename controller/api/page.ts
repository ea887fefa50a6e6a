import { z } from 'zod';
import { type Answer, invalid } from '../commands/refusal.ts';

/** Where an entry stands in its list, whatever comes or goes beside it. No two entries of a list have the same. */
type Position = readonly (string | number)[];
type Listed<T> = {
  /** A cursor is of one list and of no other. */
  list: string;
  entries: readonly T[];
  positionOf: (entry: T) => Position;
  /** The greatest position first. */
  isDescending?: boolean;
};
type Asked = { limit: number; cursor?: string | undefined };

const Cursor = z.array(z.union([z.string(), z.number()])).min(2);

const textOf = (list: string, position: Position): string =>
  Buffer.from(JSON.stringify([list, ...position])).toString('base64url');

/** The position in it; null where it is no cursor of that list. */
const positionIn = (cursor: string, list: string): Position | null => {
  try {
    const [of, ...position] = Cursor.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return of === list && textOf(list, position) === cursor ? position : null;
  } catch {
    return null;
  }
};

const compare = (one: Position, other: Position): number => {
  for (const [i, part] of one.entries()) {
    const against = other[i];
    if (against === undefined) return 1;
    if (part !== against)
      return typeof part === typeof against ? (part < against ? -1 : 1) : typeof part === 'number' ? -1 : 1;
  }
  return one.length - other.length;
};

/**
 * One page of a list. A cursor is the position of the last entry that was told: entries that come meanwhile move none into another
 * page, and one that goes takes none with it.
 */
export const pageOf = <T>(
  listed: Listed<T>,
  { limit, cursor }: Asked,
): Answer<{ entries: T[]; next: string | null }> => {
  const { list, positionOf, isDescending = false } = listed;
  const after = cursor === undefined ? undefined : positionIn(cursor, list);
  if (after === null) return { refusal: invalid([{ path: 'cursor', reason: 'is none that this list has given' }]) };
  const sign = isDescending ? -1 : 1;
  const rest = listed.entries
    .map((entry) => ({ entry, position: positionOf(entry) }))
    .filter(({ position }) => after === undefined || sign * compare(position, after) > 0)
    .toSorted((a, b) => sign * compare(a.position, b.position));
  const last = rest[limit - 1];
  return {
    ok: {
      entries: rest.slice(0, limit).map(({ entry }) => entry),
      next: last === undefined || rest.length === limit ? null : textOf(list, last.position),
    },
  };
};
