import type { Person } from '../commands/person.ts';

/** Somebody who may do everything, by a name alone. */
export const person = (by: string): Person => ({ by, may: () => true, sees: () => true });
