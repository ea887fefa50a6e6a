import { describe, expect, it } from 'vitest';
import type { AnswerCall } from '../reading.ts';
import { CallPieces, callsIn } from './calls.ts';

type Brief = [name: string, args: string];
const brief = (calls: readonly AnswerCall[]): Brief[] => calls.map(({ name, arguments: args }) => [name, args]);
const joined = (...deltas: unknown[]): AnswerCall[] => {
  const pieces = new CallPieces();
  for (const calls of deltas) pieces.add({ tool_calls: Array.isArray(calls) ? calls : [calls] });
  return pieces.finished();
};
const fn = (name: unknown, args: unknown, rest: object = {}) => ({ ...rest, function: { name, arguments: args } });

describe('the calls of a whole message', () => {
  it('are as the model wrote them', () => {
    expect(callsIn({ tool_calls: [fn('f', '{"a":1}', { id: 'x', type: 'function' })] })).toEqual([
      { kind: 'function', id: 'x', name: 'f', arguments: '{"a":1}', problem: '' },
    ]);
    const custom = { id: 'x', type: 'custom', custom: { name: 'shell', input: 'ls' } };
    expect(callsIn({ tool_calls: [custom] })).toEqual([
      { kind: 'custom', id: '', name: 'shell', arguments: 'ls', problem: '' },
    ]);
    expect(callsIn({ function_call: { name: 'f', arguments: '{}' } })).toMatchObject([{ name: 'f', id: '' }]);
    expect(callsIn({ tool_calls: {}, function_call: { name: 'f', arguments: '{}' } })).toHaveLength(1);
    const call = { id: 'a', function: { name: 'f', arguments: '{}' } };
    expect(callsIn({ tool_calls: [call], function_call: call.function })).toMatchObject([{ name: 'f', id: 'a' }]);
  });

  it.each([undefined, null, 'none', 7, []])('are none where there is %j', (calls) => {
    expect(callsIn({ tool_calls: calls })).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['arguments as an object', fn('f', { a: 1 })],
    ['arguments as a list', fn('f', [1])],
    ['an id that is a number', fn('f', '{}', { id: 7 })],
    ['no function', { id: 'x', function: null }],
    ['a name that is none', fn(null, '{}')],
    ['a text in place of a call', 'f()'],
  ])('that are malformed have a problem and harm no other: %s', (_, call) => {
    const calls = callsIn({ tool_calls: [call, fn('g', '{}', { id: null, index: null })] });
    expect(calls.map(({ problem }) => problem !== '')).toEqual([true, false]);
    const streamed = joined([
      { index: 0, ...(typeof call === 'object' ? call : { function: call, id: 7 }) },
      { index: 1, ...fn('g', '{}') },
    ]);
    expect(streamed.map(({ problem }) => problem !== '')).toEqual([true, false]);
  });

  it.each(['', null, undefined, ' '])('may have arguments of %j', (args) => {
    expect(callsIn({ tool_calls: [fn('f', args)] })).toMatchObject([{ name: 'f', arguments: args ?? '', problem: '' }]);
  });
});

describe('the calls of a stream', () => {
  it.each<[string, unknown[], Brief[]]>([
    [
      'pieces by index',
      [
        { index: 0, ...fn('a', '{"x"', { id: '1' }) },
        { index: 1, ...fn('b', '{', { id: '2' }) },
        { index: 0, ...fn(null, ':1}') },
        { index: 1, ...fn(undefined, '}') },
      ],
      [
        ['a', '{"x":1}'],
        ['b', '{}'],
      ],
    ],
    [
      'one index for two ids',
      [
        { index: 0, ...fn('a', '{"x"', { id: '1' }) },
        { index: 0, ...fn(null, ':1}') },
        { index: 0, ...fn('b', '{"y"', { id: '2' }) },
        { index: 0, ...fn(null, ':2}') },
      ],
      [
        ['a', '{"x":1}'],
        ['b', '{"y":2}'],
      ],
    ],
    [
      'one index, two ids, and a piece that names the first again',
      [
        { index: 0, ...fn('a', '{', { id: '1' }) },
        { index: 0, ...fn('b', '{', { id: '2' }) },
        { index: 0, ...fn(null, '"x":1}', { id: '1' }) },
        { index: 0, ...fn(null, '}', { id: '2' }) },
      ],
      [
        ['a', '{"x":1}'],
        ['b', '{}'],
      ],
    ],
    [
      'one index for two whole calls with empty ids',
      [
        { index: 0, ...fn('a', '{"x":1}', { id: '' }) },
        { index: 0, ...fn('a', '{"x":2}', { id: '' }) },
      ],
      [
        ['a', '{"x":1}'],
        ['a', '{"x":2}'],
      ],
    ],
    [
      'no index and an id that repeats',
      [fn('a', '{"x"', { id: '1' }), fn('a', ':1}', { id: '1' }), fn('b', '{}', { id: '2' })],
      [
        ['a', '{"x":1}'],
        ['b', '{}'],
      ],
    ],
    [
      'no index, and ids at the beginnings alone',
      [fn('a', '{', { id: '1' }), fn(undefined, '}'), fn('b', '{}', { id: '2' })],
      [
        ['a', '{}'],
        ['b', '{}'],
      ],
    ],
    [
      'an index of null',
      [
        { index: null, ...fn('a', '{', { id: '1' }) },
        { index: null, ...fn('', '}') },
      ],
      [['a', '{}']],
    ],
    [
      'a new id with each piece, and arguments that go on',
      [
        { index: 0, ...fn('a', '{"x"', { id: '1' }) },
        { index: 0, ...fn(null, ':1}', { id: '2' }) },
      ],
      [['a', '{"x":1}']],
    ],
    [
      'the name in every piece',
      [
        { index: 0, ...fn('read_file', '{"x"', { id: '1' }) },
        { index: 0, ...fn('read_file', ':1}') },
      ],
      [['read_file', '{"x":1}']],
    ],
    [
      'a name that grows',
      [
        { index: 0, ...fn('read_', '') },
        { index: 0, ...fn('read_file', '{}') },
      ],
      [['read_file', '{}']],
    ],
    [
      'a name in pieces',
      [
        { index: 0, ...fn('read_', '') },
        { index: 0, ...fn('file', '{}') },
      ],
      [['read_file', '{}']],
    ],
    ['a large index', [{ index: 1e9, ...fn('a', '{}') }], [['a', '{}']]],
    [
      'indexes out of order',
      [
        { index: 1, ...fn('b', '{}') },
        { index: 0, ...fn('a', '{}') },
      ],
      [
        ['a', '{}'],
        ['b', '{}'],
      ],
    ],
  ])('are put together: %s', (_, pieces, expected) => {
    expect(brief(joined(...pieces))).toEqual(expected);
    expect(brief(joined(pieces))).toEqual(expected);
  });

  it('of custom tools are free text, put together the same way', () => {
    const pieces = [
      { index: 0, id: '1', type: 'custom', custom: { name: 'shell', input: 'l' } },
      { index: 0, custom: { input: 's' } },
      { index: 1, ...fn('f', '{}', { id: '2' }) },
    ];
    expect(joined(...pieces)).toEqual([
      { kind: 'custom', id: '', name: 'shell', arguments: 'ls', problem: '' },
      { kind: 'function', id: '2', name: 'f', arguments: '{}', problem: '' },
    ]);
  });

  it('that are told as the older one function are one call', () => {
    const pieces = new CallPieces();
    pieces.add({ function_call: { name: 'f', arguments: '{"x"' } });
    pieces.add({ function_call: { arguments: ':1}' } });
    expect(brief(pieces.finished())).toEqual([['f', '{"x":1}']]);
  });
});
