import type { Person } from '../commands/person.ts';

/** Somebody who may do everything, by a name alone. */
export const person = (by: string): Person => ({
  by,
  role: 'admin',
  agents: ['*'],
  may: () => true,
  sees: () => true,
});
