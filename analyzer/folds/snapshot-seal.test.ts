import { expect, it } from 'vitest';
import { isIntact, openPiece, sealPiece, sealSnapshot } from './snapshot-seal.ts';

const sealed = sealSnapshot({
  group: 'g',
  topic: 't',
  partition: 1,
  foldVersion: 1,
  offset: 9,
  state: '{}',
  piece: null,
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

const OWNER = { group: 'g', topic: 't', partition: 1, foldVersion: 1 };
const PIECE = { slot: 3, number: 4, words: Uint32Array.of(1, 2 ** 32 - 1, 0, 7) };

it('a piece of ids comes out of its record as it was, and is the same record but for its time', () => {
  const record = sealPiece(OWNER, PIECE, 5);
  expect(openPiece(record)).toEqual(PIECE);
  expect(openPiece({ ...record, timeMs: 6 })).toEqual(PIECE);
  expect(sealPiece(OWNER, PIECE, 6).sha256).toBe(record.sha256);
});

it.each([{ piece: { slot: 3, number: 5 } }, { piece: { slot: 2, number: 4 } }, { foldVersion: 2 }, { state: 'AAAA' }])(
  'a piece whose record has another %o is none',
  (change) => {
    expect(openPiece({ ...sealPiece(OWNER, PIECE, 5), ...change })).toBeUndefined();
  },
);

it('a state is not taken for a piece, nor a piece for a state', () => {
  expect(openPiece(sealed)).toBeUndefined();
  expect(isIntact({ ...sealPiece(OWNER, PIECE, 5), piece: null })).toBe(false);
});
