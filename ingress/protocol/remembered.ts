import { LRUCache } from 'lru-cache';

/** So many entries, the longest unused one going first. As a size, since room for a number of entries would be taken at once. */
export const upTo = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 });

/** What is made of a text, made once of each of the last so many: for what costs more than a look-up and comes again and again. */
export const remembered = <V extends string | number>(
  entries: number,
  make: (text: string) => V,
): ((text: string) => V) => {
  const known = new LRUCache<string, V>(upTo(entries));
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = make(text);
    known.set(text, made);
    return made;
  };
};
