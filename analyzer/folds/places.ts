import type { Observed } from '../rows/contribution.ts';
import { type IdMemory, knows, remember } from './id-memory.ts';

/**
 * Whether what was observed takes one of the places that an exchange has for its metric: one, or as many as its agent's document
 * allows. The first in the log take them; what was said in the same words before takes no second one.
 */
export const takesPlace = (ids: IdMemory, name: string, several: Observed['several']): boolean => {
  if (several === undefined || several.perExchange === 1) return remember(ids, name);
  for (let taken = 0; taken < several.perExchange; taken += 1) {
    const place = taken === 0 ? name : `${name}|${taken}`;
    if (!knows(ids, place)) return remember(ids, `${name}|${several.id}`) && remember(ids, place);
  }
  return false;
};
