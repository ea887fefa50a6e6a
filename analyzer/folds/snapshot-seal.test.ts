import { expect, it } from 'vitest';
import { isIntact, sealSnapshot } from './snapshot-seal.ts';

const sealed = sealSnapshot({
  group: 'g',
  topic: 't',
  partition: 1,
  foldVersion: 1,
  offset: 9,
  state: '{}',
  timeMs: 5,
});

it('a snapshot as saved is intact', () => {
  expect(isIntact(sealed)).toBe(true);
});

it.each([{ state: '{ }' }, { offset: 10 }, { partition: 2 }, { topic: 'u' }, { group: 'h' }, { foldVersion: 2 }])(
  'one with another %o is not',
  (change) => {
    expect(isIntact({ ...sealed, ...change })).toBe(false);
  },
);
