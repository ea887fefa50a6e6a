import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LIBRARIES } from './libraries.fixture.ts';

it('every library that is listed has its test, and every test its place in the list', () => {
  const tests = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'));
  const wanted = ['libraries', ...LIBRARIES.map(({ id }) => id)].map((id) => `${id}.test.ts`);
  expect(tests.toSorted()).toEqual(wanted.toSorted());
});
