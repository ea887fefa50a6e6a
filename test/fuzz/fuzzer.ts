import { randomFrom, type Random } from '../../ingress/test/http-abuse.harness.ts';

/** Where two that should agree do not. `made` is the case, so that it can be looked at and repeated. */
export type Difference = { what: string; made: unknown };

/** Cases that are made from a seed and a number alone, each tried by two that must agree. */
export type Fuzzer = {
  name: string;
  /** So many are tried at a time; so many before it is another's turn; and after so many it is started anew. */
  atOnce: number;
  aTurn: number;
  freshAfter: number;
  start: () => Promise<{ run: (random: Random) => Promise<Difference | null>; close: () => Promise<void> }>;
};

/** The chances of case `n`: the same for the same seed, whatever was tried before. */
export const chancesOf = (seed: number, n: number): Random => randomFrom(Math.imul(seed ^ n, 0x9e3779b1) ^ n);

/** A difference with what it takes to see it again. */
export type Found = Difference & { fuzzer: string; seed: number; n: number };

/** Tries the cases from `from` up to `to`; the first difference ends it. */
export const tryCases = async (
  { name, atOnce }: Fuzzer,
  run: (random: Random) => Promise<Difference | null>,
  seed: number,
  [from, to]: readonly [number, number],
): Promise<Found | null> => {
  let next = from;
  let found: Found | null = null;
  const work = async (): Promise<void> => {
    while (found === null && next < to) {
      const n = next++;
      const difference = await run(chancesOf(seed, n)).catch((error: unknown) => ({ what: String(error), made: null }));
      if (difference !== null) found ??= { fuzzer: name, seed, n, ...difference };
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return found;
};

/** Bytes cut at random places, now and then at every one. */
export const cutAnywhere = (random: Random, bytes: Buffer, atMost = 12): Buffer[] => {
  if (bytes.length === 0) return [bytes];
  const isEvery = bytes.length <= 600 && random.below(12) === 0;
  const places = isEvery
    ? Array.from({ length: bytes.length - 1 }, (_, i) => i + 1)
    : Array.from({ length: random.below(atMost + 1) }, () => random.below(bytes.length)).toSorted((a, b) => a - b);
  const edges = [0, ...places, bytes.length];
  return edges
    .slice(1)
    .map((edge, i) => bytes.subarray(edges[i], edge))
    .filter(({ length }) => length > 0);
};

/** The same letters in random case. */
export const anyCase = (random: Random, text: string): string =>
  text.replaceAll(/[a-z]/gi, (letter) => (random.below(2) === 0 ? letter.toLowerCase() : letter.toUpperCase()));
