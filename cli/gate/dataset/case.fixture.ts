import type { Case } from './case.ts';

/** A question of which nothing is said but its id. */
export const questionOf = (id: string, change: Partial<Case> = {}): Case => ({
  id,
  request: { messages: [{ role: 'user', content: id }] },
  golden: null,
  accepted: undefined,
  context: [],
  tags: [],
  slices: {},
  session: '',
  line: 1,
  content: JSON.stringify({ id }),
  ...change,
});
