import { expect, it } from 'vitest';
import { everyPage } from './every-page.ts';

it('asks for page after page until there is none', async () => {
  const asked: unknown[] = [];
  const pages = [
    { names: ['a', 'b'], next: 'x' },
    { names: ['c'], next: null },
  ];
  const ask = async (page: object) => {
    asked.push(page);
    return pages[asked.length - 1]!;
  };
  expect(await everyPage(ask, ({ names }) => names)).toEqual(['a', 'b', 'c']);
  expect(asked).toEqual([{ limit: 500 }, { limit: 500, cursor: 'x' }]);
});
