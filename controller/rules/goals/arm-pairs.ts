/** Ordered pairs of arms, by index: first · arms + second. A pair of an arm with itself stands for nothing. */
export type Pairs<T> = readonly T[];

export const newPairs = <T>(arms: number, initial: () => T): Pairs<T> => Array.from({ length: arms * arms }, initial);

export const pairOf = <T>(pairs: Pairs<T>, arms: number, first: number, second: number): T =>
  pairs[first * arms + second]!;

/** Every pair of two arms after `step`. */
export const mapPairs = <T>(
  pairs: Pairs<T>,
  arms: number,
  step: (value: T, first: number, second: number) => T,
): Pairs<T> =>
  pairs.map((value, pair) => {
    const [first, second] = [Math.floor(pair / arms), pair % arms];
    return first === second ? value : step(value, first, second);
  });
