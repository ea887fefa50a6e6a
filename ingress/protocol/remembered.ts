import { LRUCache } from 'lru-cache';

/** So many entries, the longest unused one going first. As a size, since room for a number of entries would be taken at once. */
export const upTo = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 });

const REMEMBERED = 10_000;

/** What is made of a text or number, made once of each of the last 10,000: for what costs more than a look-up and comes again and again. */
export const remembered = <K extends string | number, V extends string | number | object>(
  make: (of: K) => V,
): ((of: K) => V) => {
  const known = new LRUCache<K, V>(upTo(REMEMBERED));
  return (of) => {
    const found = known.get(of);
    if (found !== undefined) return found;
    const made = make(of);
    known.set(of, made);
    return made;
  };
};
