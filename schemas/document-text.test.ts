import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH, MAX_DOCUMENT_BYTES, type ReadText, readDocumentText } from './document-text.ts';

const MAX_DOCUMENTS = 100;
const read = (text: string): ReadText => readDocumentText(text, MAX_DOCUMENTS);
const saying = (text: string): string => {
  const told = read(text);
  return 'faults' in told ? told.faults.map(({ path, reason }) => `${path}: ${reason}`).join('\n') : 'read';
};
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);
const full = (line: string): string => line.repeat(Math.floor((MAX_DOCUMENT_BYTES - 100) / line.length));

describe('a text', () => {
  it('gives the values of its YAML documents, or the one of its JSON', () => {
    expect(read('a: 1\n---\nb: [x, {c: yes}]\n---\n')).toEqual({
      values: [{ a: 1 }, { b: ['x', { c: 'yes' }] }, null],
    });
    expect(read('{"a":1,"b":{"a":2}}')).toEqual({ values: [{ a: 1, b: { a: 2 } }] });
    expect(read('{"a":1}\n---\n{"b":2}')).toEqual({ values: [{ a: 1 }, { b: 2 }] });
    expect(read('')).toEqual({ values: [] });
  });

  it('may say a thing once and mean it twice, within limits', () => {
    expect(read('a: &x {b: 1}\nc: *x')).toEqual({ values: [{ a: { b: 1 }, c: { b: 1 } }] });
    expect(read('a: |\n  *not an alias\n')).toEqual({ values: [{ a: '*not an alias\n' }] });
  });

  it('means what JSON can say: a tag, a merge or an old version of YAML changes no value', () => {
    expect(saying('!!binary aGk=')).toContain('line 1, column 1: Unresolved tag');
    expect(saying('a: !!js/function x')).toContain('Unresolved tag');
    expect(read('%YAML 1.1\n---\na: {<<: {b: 1}}\nc: 2001-01-01\nd: yes')).toEqual({
      values: [{ a: { '<<': { b: 1 } }, c: '2001-01-01', d: 'yes' }],
    });
  });
});

describe('is refused, with what is wrong and where', () => {
  it.each([
    ['a key twice', 'a: 1\nb: {c: 1, "c": 2}', 'line 2, column 11: keys must be unique, and "c" stands there twice'],
    ['a key twice in JSON', '{"a":[1,{"b":1,"\\u0062":2}]}', 'a.1: keys must be unique, and "b" stands there twice'],
    ['a key that is a list', '? [a]\n: 1', 'a key must be a plain text'],
    ['no YAML', 'a: [1', 'line 1, column 6'],
    ['too many documents', '---\n'.repeat(200), 'more documents than 100'],
    ['too many aliases', `a: &a 1\n${'- *a\n'.repeat(200)}`, 'more aliases than 100'],
    [
      'aliases of aliases',
      'a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]',
      'Excessive alias count',
    ],
    [
      'an alias that makes much of little',
      `a: &a ${'x'.repeat(100_000)}\nb: [${Array(20).fill('*a').join(',')}]`,
      'more text',
    ],
  ])('%s', (_, text, reason) => {
    expect(saying(text)).toContain(reason);
  });

  it.each([
    ['JSON', nested(MAX_DEPTH, '[', ']'), nested(MAX_DEPTH + 1, '[', ']')],
    ['flow lists', `${nested(MAX_DEPTH, '[', ']')} # as YAML`, `${nested(MAX_DEPTH + 1, '[', ']')} # as YAML`],
    ['flow maps', nested(MAX_DEPTH, '{a: ', '}'), nested(MAX_DEPTH + 1, '{a: ', '}')],
    ['block lists', `${'- '.repeat(MAX_DEPTH)}x`, `${'- '.repeat(MAX_DEPTH + 2)}x`],
  ])('%s nested deeper than it may be', (_, fits, tooDeep) => {
    expect(saying(fits)).toBe('read');
    expect(saying(tooDeep)).toContain(`nested deeper than ${MAX_DEPTH}`);
  });

  it('6 kB of lists that never close, which once ended the process', () => {
    expect(saying(nested(3_000, '[', ''))).toContain('nested deeper');
    expect(saying(nested(100_000, '[', ''))).toContain('nested deeper');
    expect(saying(nested(3_000, '{a: ', ''))).toContain('nested deeper');
    expect(saying(nested(3_000, '? ', ''))).toContain('nested deeper');
  });

  it('790 kB by its size, before anything is read of it', () => {
    expect(saying('x'.repeat(790_000))).toBe(': it is larger than 256 KiB');
  });
});

it('thousands of keys are compared by a set, not each with all others: twice as many are read, too', () => {
  const keys = (count: number): string => Array.from({ length: count }, (_, i) => `k${i}: 1`).join('\n');
  expect(saying(keys(10_000))).toBe('read');
  expect(saying(keys(20_000))).toBe('read');
  expect(saying(`${keys(20_000)}\nk7: 2`)).toContain('"k7" stands there twice');
});

it('whatever stands in it, however often, it is read or refused in words', () => {
  const lines = [
    '- ',
    '? \n',
    'a: b: c\n',
    '@\n',
    '!!x y\n',
    '&a ',
    '*a ',
    '|\n',
    '>\n',
    '%FOO\n',
    '[a:',
    '\r',
    '\t',
    ':',
    '<<: ',
    '"\\u',
    "'",
    '#',
    '\u0000',
    '\u2028',
    '\ud800',
  ];
  for (const line of lines) {
    const told = read(full(line).slice(0, 20_000));
    if ('faults' in told) for (const { reason } of told.faults) expect(reason).not.toMatch(/call stack|undefined/);
  }
});

it('of hostile YAML nothing throws, and what is read is JSON of bounded depth', () => {
  const piece = fc.constantFrom(
    '- ',
    '? ',
    ': ',
    'a',
    'b: ',
    '[',
    ']',
    '{',
    '}',
    ', ',
    '\n',
    '\n  ',
    '\n    ',
    '---\n',
    '...\n',
    '&x ',
    '*x',
    '!t ',
    '!!str ',
    '!<y> ',
    '<<: ',
    '"',
    "'",
    '|\n',
    '>-\n',
    '#',
    '%YAML 1.1\n',
    '%TAG ! tag:x\n',
    '\t',
    '0x1f',
    '1e999',
    '.nan',
    '~',
    '\\',
    '\u0000',
    '\ufeff',
    '\u2028',
    '__proto__: ',
  );
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 60 }), (pieces) => {
      const told = read(pieces.join(''));
      if ('faults' in told) return told.faults.length > 0 && told.faults.every(({ reason }) => reason !== '');
      return told.values.every((value) => depthOf(value) <= MAX_DEPTH) && JSON.stringify(told.values) !== '';
    }),
    { numRuns: 2_000 },
  );
});

it('reads any JSON as JSON.parse does, where no key stands twice', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const json = JSON.stringify(value);
      expect(read(json)).toEqual({ values: [JSON.parse(json)] });
    }),
  );
});
