import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { forgetCompiledTexts } from './compiled-texts.io.ts';
import { createToolCallCheck, offeredFunctions, type OfferedFunction } from './tool-schema.ts';

const parameters = {
  type: 'object',
  required: ['n'],
  properties: {
    n: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string' } },
    pattern: { type: 'string' },
  },
};
const fn = (schema: unknown): OfferedFunction[] => [{ name: 'f', parameters: schema }];
const NO_MASKS = new Set<string>();
/** Another each time, almost as long as one may be. */
const longSchema = (i: number) => ({ properties: { n: { const: `${i}${'x'.repeat(90_000)}` } } });
const check = createToolCallCheck();
const verdict = (schema: unknown, args: unknown) =>
  check({ name: 'f', arguments: typeof args === 'string' ? args : JSON.stringify(args) }, fn(schema), NO_MASKS);

describe('createToolCallCheck', () => {
  it.each([
    ['fits', { n: 1, tags: ['a'] }, true, ''],
    ['lacks a required parameter', {}, false, "f: must have required property 'n'"],
    ['has a number in a string, which is not coerced', { n: '1' }, false, 'f/n: must be integer'],
    ['has a wrong item', { n: 1, tags: [2] }, false, 'f/tags/0: must be string'],
    [
      'has a parameter that happens to be named like a keyword',
      { n: 1, pattern: 2 },
      false,
      'f/pattern: must be string',
    ],
    ['is not JSON', '{"n":', false, 'the arguments of f are not JSON'],
    ['is no object', '[1]', false, 'the arguments of f are not a JSON object'],
  ])('says of arguments whether and why not: %s', (_, args, valid, reason) => {
    expect(verdict(parameters, args)).toEqual({ valid, reason });
  });

  it('writes the schema of one offered function out once, however often it is called', () => {
    let written = 0;
    const offered = fn({ toJSON: () => ((written += 1), parameters) });
    const calls = Array.from({ length: 9 }, (_, n) =>
      check({ name: 'f', arguments: JSON.stringify({ n }) }, offered, NO_MASKS),
    );
    expect(calls.every(({ valid }) => valid)).toBe(true);
    expect(written).toBe(1);
  });

  it('refuses a function that was not offered', () => {
    expect(check({ name: 'g', arguments: '{}' }, fn(parameters), NO_MASKS)).toEqual({
      valid: false,
      reason: 'function g was not offered',
    });
  });

  it('takes any object for a function without a schema', () => {
    expect(verdict(undefined, { a: 1 }).valid).toBe(true);
  });

  it('follows local references, recursive ones one level', () => {
    const tree = {
      $ref: '#/$defs/node',
      $defs: { node: { type: 'object', properties: { v: { type: 'integer' }, next: { $ref: '#/$defs/node' } } } },
    };
    expect(verdict(tree, { v: 1, next: { v: 2 } }).valid).toBe(true);
    expect(verdict(tree, { v: 'x' }).valid).toBe(false);
  });

  it('reads tuples of the old and the new draft', () => {
    for (const key of ['items', 'prefixItems']) {
      const tuple = {
        type: 'object',
        properties: { t: { type: 'array', [key]: [{ type: 'integer' }, { type: 'string' }] } },
      };
      expect(verdict(tuple, { t: [1, 'a'] }).valid).toBe(true);
      expect(verdict(tuple, { t: ['a', 1] }).valid).toBe(false);
    }
  });

  it('gives the same verdict after the schema was dropped from the kept ones', () => {
    const made = { name: 'f', arguments: '{"n":"1"}' };
    const first = check(made, fn(parameters), NO_MASKS);
    for (let i = 0; i < 12; i += 1) check(made, fn(longSchema(i)), NO_MASKS);
    expect(check(made, fn(parameters), NO_MASKS)).toEqual(first);
  });
});

describe('createToolCallCheck with a hostile schema', () => {
  const doubled = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [
      `d${i}`,
      { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
    ]),
  );
  let deep: unknown = { type: 'string' };
  for (let level = 0; level < 5_000; level += 1) deep = { type: 'object', properties: { a: deep } };

  it.each([
    ['a regular expression of exponential time is not run', { properties: { a: { pattern: '^(a+)+$' } } }, true],
    ['a format is not checked', { properties: { a: { format: 'no-such-format' } } }, true],
    ['a reference to itself allows anything', { $ref: '#' }, true],
    [
      'a loop of references allows anything',
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
      true,
    ],
    ['a reference to another document is not fetched', { $ref: 'http://127.0.0.1:9/x.json' }, true],
    ['a reference to nowhere allows anything', { $ref: '#/$defs/none' }, true],
    ['a broken reference is not followed', { $ref: '#/%E0%A4%A' }, null],
    ['references that double at each level stop at the node limit', { $ref: '#/$defs/d0', $defs: doubled }, null],
    ['one nested too deep is not judged', deep, null],
    ['one too long is not judged', { description: 'x'.repeat(200_000) }, null],
    ['one with too many nodes is not judged', { enum: Array.from({ length: 5_000 }, (_, i) => i) }, null],
    ['an unknown type is not judged', { type: 'dict' }, null],
    ['a schema that is a string is not judged', 'object', null],
    ['an asynchronous schema is judged as a plain one', { $async: true, required: ['b'] }, false],
  ])('%s', (_, schema, valid) => {
    expect(verdict(schema, { a: `${'a'.repeat(40)}!` }).valid).toBe(valid);
  });

  it('holds the memory of some schemas, however many are offered', () => {
    forgetCompiledTexts();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heapMbAfter = (schemas: number): number => {
      for (let i = 0; i < schemas; i += 1) verdict(longSchema(i), { n: 1 });
      collect();
      return process.memoryUsage().heapUsed / 1e6;
    };
    const beforeMb = heapMbAfter(20);
    // Of the compiled one a third of a megabyte is left.
    expect(heapMbAfter(200) - beforeMb).toBeLessThan(30);
  });

  it('does not judge arguments that are too long', () => {
    expect(verdict(parameters, { n: 1, x: 'x'.repeat(3_000_000) }).valid).toBe(null);
  });
});

describe('offeredFunctions', () => {
  it('leaves out what is not of the OpenAI form', () => {
    const good = { type: 'function', function: { name: 'f', parameters } };
    expect(offeredFunctions([good, null, 'x', { function: {} }])).toEqual([{ name: 'f', parameters }]);
    expect(offeredFunctions({ tools: [] })).toEqual([]);
  });
});
