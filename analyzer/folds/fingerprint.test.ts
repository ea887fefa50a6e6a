import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { fingerprint } from './fingerprint.ts';

const hexOf = (id: string): string => {
  const words = new Uint32Array(2);
  fingerprint(id, words);
  return [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

it.each([
  '',
  'a',
  'ex_1',
  'ü€😀',
  'A'.repeat(32),
  'g'.repeat(32),
  `${'0'.repeat(15)}é${'0'.repeat(16)}`,
  'f'.repeat(33),
])('is the beginning of the SHA-256 of %j', (id) => {
  expect(hexOf(id)).toBe(sha256(id).slice(0, 16));
});

it('is the beginning of an id that is the beginning of a SHA-256 itself', () => {
  for (let i = 0; i < 200; i++) {
    const id = sha256(String(i)).slice(0, 32);
    expect(hexOf(id)).toBe(id.slice(0, 16));
  }
  expect(hexOf('f'.repeat(32))).toBe('f'.repeat(16));
});

it('is never two zeros, which stand for nothing', () => {
  expect(hexOf('0'.repeat(32))).toBe(`${'0'.repeat(15)}1`);
});
