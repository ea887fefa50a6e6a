import { closest, distance } from 'fastest-levenshtein';

/** Of a name of nine letters a slip of three is still that name. */
const SLIP_SHARE = 1 / 3;

/** `; did you mean error_rate?` where a known name is near, else a full stop. */
export const didYouMean = (name: string, known: readonly string[]): string => {
  if (known.length === 0) return '.';
  const nearest = closest(name, known);
  return distance(name, nearest) <= Math.max(1, Math.floor(name.length * SLIP_SHARE))
    ? `; did you mean ${nearest}?`
    : '.';
};
