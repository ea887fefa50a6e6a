import { expect, it } from 'vitest';
import { headerBytes, headerText, writableHeader } from './header-text.ts';

it('a value is read as UTF-8 if it is that, else as Latin-1', () => {
  const utf8 = Buffer.from('Jürgen – 中').toString('latin1');
  expect(headerText(utf8)).toBe('Jürgen – 中');
  expect(headerText('caf\xe9')).toBe('café');
  expect(headerText('plain')).toBe('plain');
});

it('a value that a library read as UTF-8 has its bytes back, and is written as they are', () => {
  const bytes = headerBytes('Jürgen – 中');
  expect(Buffer.from(bytes, 'latin1')).toEqual(Buffer.from('Jürgen – 中'));
  expect(writableHeader(bytes)).toEqual(Buffer.from('Jürgen – 中'));
  expect(writableHeader('plain')).toBe('plain');
});
