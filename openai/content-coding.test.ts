import { describe, expect, it } from 'vitest';
import { acceptsCodings, codingsOf } from './content-coding.ts';

describe('the codings of a body', () => {
  it.each([
    ['', []],
    ['identity', []],
    ['IDENTITY', []],
    ['none', []],
    ['UTF-8', []],
    ['gzip, utf-8', ['gzip']],
    [' gzip ,, br,', ['gzip', 'br']],
    ['gzip;q=1', null],
    ['gzip', ['gzip']],
    ['X-GZip', ['gzip']],
    ['deflate, br', ['deflate', 'br']],
    ['identity,zstd', ['zstd']],
    ['compress', null],
    ['gzip, aws-chunked', null],
    ['gzip,gzip,gzip,gzip', null],
  ])('%j', (header, codings) => {
    expect(codingsOf(header)).toEqual(codings);
  });
});

describe('what a client takes', () => {
  it.each([
    [undefined, true],
    ['', false],
    ['gzip', true],
    ['GZIP;Q=0.1', true],
    ['x-gzip', true],
    ['gzip;q=0', false],
    ['gzip; q=0.000', false],
    ['br, gzip;q=0.001', true],
    ['*', true],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
    ['identity', false],
  ])('%j', (header, isTaken) => {
    expect(acceptsCodings(header, ['gzip'], true)).toBe(isTaken);
  });

  it('is all of several codings, and nothing where no header means nothing', () => {
    expect(acceptsCodings('gzip', ['gzip', 'br'], true)).toBe(false);
    expect(acceptsCodings('gzip, br', ['gzip', 'br'], true)).toBe(true);
    expect(acceptsCodings(undefined, ['gzip'], false)).toBe(false);
  });
});
