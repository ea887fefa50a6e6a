import { MAX_PAGE } from '../../schemas/page.ts';

type Asked = { limit: number; cursor?: string };

/** What is on all pages of a list, asked for one after the other. */
export const everyPage = async <R extends { next: string | null }, T>(
  ask: (page: Asked) => Promise<R>,
  entriesOf: (told: R) => readonly T[],
): Promise<T[]> => {
  const all: T[] = [];
  for (let page: Asked | null = { limit: MAX_PAGE }; page !== null;) {
    const told: R = await ask(page);
    all.push(...entriesOf(told));
    page = told.next === null ? null : { limit: MAX_PAGE, cursor: told.next };
  }
  return all;
};
