import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactBody } from '../../privacy/redact.ts';
import { ALL_MARKS } from '../../privacy/mark.ts';
import { type AcceptedCall, type AcceptedCalls, countRightCalls, matchToolCalls } from './tool-match.ts';
import type { OfferedFunction, ToolCall } from './tool-schema.ts';

const call = (name: string, args: unknown) => ({
  name,
  arguments: typeof args === 'string' ? args : JSON.stringify(args),
});
const unmasked = (toolCalls: readonly ToolCall[]) => ({ toolCalls, masks: new Set<string>() });
const match = (calls: readonly ToolCall[], accepted: AcceptedCalls | null, functions: readonly OfferedFunction[]) =>
  matchToolCalls(unmasked(calls), accepted, functions);
const countRight = (calls: readonly ToolCall[], accepted: AcceptedCalls, functions: readonly OfferedFunction[]) =>
  countRightCalls(unmasked(calls), accepted, functions);
const offered = [
  { name: 'math_hypot', parameters: { type: 'object', required: ['x'], properties: { x: {}, y: {} } } },
  { name: 'book', parameters: { type: 'object', properties: {} } },
];
const hypot: AcceptedCall = { 'math.hypot': { x: [4], y: [5, ''], unit: ['', 'cm'] } };

describe('matchToolCalls with one accepted call', () => {
  it.each([
    ['a name with underscores for dots', call('math_hypot', { x: 4, y: 5 })],
    ['an optional parameter left out', call('math_hypot', { x: 4 })],
    ['a float for an integer of the same value', call('math_hypot', '{"x": 4.0}')],
    ['an optional parameter with an accepted value', call('math_hypot', { x: 4, unit: 'CM' })],
  ])('accepts %s', (_, made) => {
    expect(match([made], [hypot], offered)).toEqual({ success: true, reason: '' });
  });

  it.each([
    ['another function', call('book', { x: 4 }), 'called book, expected math.hypot'],
    ['a missing required parameter', call('math_hypot', { y: 5 }), 'required parameter x is missing'],
    ['an unexpected parameter', call('math_hypot', { x: 4, z: 1 }), 'parameter z is unexpected'],
    [
      'a parameter named like a prototype member',
      call('math_hypot', '{"x": 4, "__proto__": 1}'),
      'parameter __proto__ is unexpected',
    ],
    ['a wrong value', call('math_hypot', { x: 3 }), 'parameter x is 3, expected one of [4]'],
    ['a number in a string', call('math_hypot', { x: '4' }), 'parameter x is "4", expected one of [4]'],
    ['true for 1', call('math_hypot', { x: true }), 'parameter x is true, expected one of [4]'],
    ['arguments that are not JSON', call('math_hypot', '{"x": 4'), 'the arguments of math_hypot are not JSON'],
    ['arguments that are no object', call('math_hypot', '[4]'), 'the arguments of math_hypot are not a JSON object'],
  ])('refuses %s and says so', (_, made, reason) => {
    expect(match([made], [hypot], offered)).toEqual({ success: false, reason });
  });

  it('refuses a parameter left out that is not marked optional, though the schema does not require it', () => {
    const verdict = match([call('book', {})], [{ book: { day: ['Monday'] } }], offered);
    expect(verdict.reason).toBe('parameter day is missing');
  });

  it('refuses no call and one call too many', () => {
    expect(match([], [hypot], offered).reason).toBe('0 calls made, 1 expected');
    const made = call('math_hypot', { x: 4 });
    expect(match([made, made], [hypot], offered).reason).toBe('2 calls made, 1 expected');
  });

  it.each([
    ['case, spaces and punctuation', 'April 1, 2024', 'april 1 2024', true],
    ['kinds of quotes', `it's`, 'it"s', true],
    ['another word', 'Monday', 'Tuesday', false],
    ['a colon', '10:30', '1030', false],
  ])('compares strings without regard to what BFCL disregards: %s', (_, given, accepted, success) => {
    expect(match([call('book', { day: given })], [{ book: { day: [accepted] } }], offered).success).toBe(success);
  });

  it.each([
    ['a list', ['A b', 2.5], [['a-B', 2.5]], true],
    ['a list in another order', [1, 2], [[2, 1]], false],
    ['a shorter list', [1], [[1, 2]], false],
    ['an empty list where nothing is accepted too', [], [''], true],
    ['an object', { city: 'paris' }, [{ city: ['Paris', 'Lyon'] }], true],
    ['an object with a wrong value', { city: 'Nice' }, [{ city: ['Paris'] }], false],
    ['an object with a key too many', { city: 'Paris', zip: 1 }, [{ city: ['Paris'] }], false],
    ['an object without a key that may be absent', {}, [{ city: ['Paris', ''] }], true],
    ['an object without a key', {}, [{ city: ['Paris'] }], false],
    ['an object in an object', { at: { city: 'Paris' } }, [{ at: { city: ['Paris'] } }], true],
    ['a list of objects', [{ n: 1 }, { n: 2 }], [[{ n: [1] }, { n: [2, 3] }]], true],
    ['a list of lists', [[1, 2], [3]], [[[1, 2], [3]]], true],
  ])('compares nested values: %s', (_, given, accepted, success) => {
    expect(match([call('book', { at: given })], [{ book: { at: accepted } }], offered).success).toBe(success);
  });
});

describe('matchToolCalls where no call is right', () => {
  it('accepts no call and refuses any, even a broken one', () => {
    expect(match([], null, offered).success).toBe(true);
    const verdict = match([call('python', 'print(1)')], null, offered);
    expect(verdict).toEqual({ success: false, reason: 'called python, but no call is right' });
  });
});

describe('matchToolCalls with several accepted calls', () => {
  it('says which answer has no call, and why each call is not it', () => {
    const accepted = [{ book: { day: ['Monday'] } }, { book: { day: ['Friday'] } }];
    const { success, reason } = match([call('book', { day: 'Monday' }), call('math_hypot', {})], accepted, offered);
    expect(success).toBe(false);
    expect(reason).toBe(
      'no call for answer 2 (book): call 1: parameter day is "Monday", expected one of ["Friday"]; ' +
        'call 2: called math_hypot, expected book',
    );
  });

  it('refuses the same call twice for two different answers', () => {
    const accepted = [{ book: { day: ['Monday'] } }, { book: { day: ['Friday'] } }];
    const made = call('book', { day: 'Friday' });
    expect(match([made, made], accepted, offered).success).toBe(false);
  });

  it('pairs calls with answers that overlap, where taking the first fit would fail', () => {
    const accepted = [{ book: { day: ['Monday', 'Friday'] } }, { book: { day: ['Monday'] } }];
    const made = [call('book', { day: 'Monday' }), call('book', { day: 'Friday' })];
    expect(match(made, accepted, offered).success).toBe(true);
  });

  const scalar = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.string({ minLength: 1 }),
  );
  const flat = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }));
  const acceptedCall = fc
    .tuple(
      fc.constantFrom('a.b', 'c', 'd_e'),
      fc.dictionary(fc.string(), fc.array(flat, { minLength: 1, maxLength: 3 }), { maxKeys: 4 }),
    )
    .map(([name, parameters]): AcceptedCall => ({ [name]: parameters }));

  it('accepts calls built from the accepted answers, in any order, and none with one dropped', () => {
    const shuffled = fc.array(acceptedCall, { minLength: 1, maxLength: 5 }).chain((accepted) =>
      fc.record({
        accepted: fc.constant(accepted),
        order: fc.shuffledSubarray([...accepted.keys()], { minLength: accepted.length }),
        pick: fc.nat(),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ accepted, order, pick }) => {
        const made = order.map((index) => {
          const [name, parameters] = Object.entries(accepted[index] ?? {})[0] ?? ['', {}];
          const values = Object.entries(parameters).map(([key, list]) => [key, list[pick % list.length]]);
          return call(name.replaceAll('.', '_'), Object.fromEntries(values));
        });
        expect(match(made, accepted, [])).toEqual({ success: true, reason: '' });
        expect(match(made.slice(1), accepted, []).success).toBe(false);
      }),
    );
  });
});

describe('countRightCalls', () => {
  const accepted: AcceptedCall[] = [{ book: { day: ['Mon', 'Tue'] } }, { book: { day: ['Mon'] } }, hypot];

  it('pairs as many calls with answers as can be, each once', () => {
    const calls = [call('book', { day: 'Mon' }), call('book', { day: 'Tue' })];
    expect(countRight(calls, accepted, offered)).toBe(2);
    expect(countRight([...calls, ...calls], accepted, offered)).toBe(2);
    expect(countRight([call('book', { day: 'Wed' })], accepted, offered)).toBe(0);
    expect(countRight([], accepted, offered)).toBe(0);
  });

  it('counts all of them exactly when the task succeeds with no call too many', () => {
    const made = fc.array(
      fc.constantFrom(
        call('book', { day: 'Mon' }),
        call('book', { day: 'Tue' }),
        call('math_hypot', { x: 4 }),
        call('book', {}),
      ),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(made, (calls) => {
        const isAll = countRight(calls, accepted, offered) === accepted.length;
        expect(match(calls, accepted, offered).success).toBe(isAll && calls.length === accepted.length);
      }),
    );
  });
});

describe('a value that was masked', () => {
  const CARD = 4_111_111_111_111_111;
  /** Arguments as they are in a body that was redacted on its way to the judge. */
  const redactedCall = (args: object) => {
    const text = JSON.stringify({ arguments: JSON.stringify(args) });
    return call('book', (JSON.parse(redactBody(text, 'application/json', false)) as { arguments: string }).arguments);
  };
  const matches = (args: object, accepted: Record<string, unknown[]>, masks = ALL_MARKS) => {
    const toolCalls = [redactedCall(args)];
    expect(toolCalls[0]!.arguments).toMatch(/\[[A-Z]+\]/);
    const found = matchToolCalls({ toolCalls, masks }, [{ book: accepted }], offered);
    expect(countRightCalls({ toolCalls, masks }, [{ book: accepted }], offered)).toBe(found.success ? 1 : 0);
    return found.success;
  };

  it.each([
    ['a number', { card: CARD }, { card: [CARD] }],
    ['a text', { card: String(CARD) }, { card: ['4111 1111 1111 1111'] }],
    ['one of several', { card: CARD }, { card: ['cash', CARD] }],
    ['a part of a text', { note: 'mail jo@acme.io now' }, { note: ['Mail jo@acme.io now'] }],
    ['in a list', { cards: [1, CARD] }, { cards: [[1, CARD]] }],
    ['in an object', { pay: { by: 'card', card: CARD } }, { pay: [{ by: ['card'], card: [CARD] }] }],
    ['in a list by a name that tells another kind', { phone: ['203.0.113.42'] }, { phone: [['203.0.113.42']] }],
    ['told by its name', { ssn: 219099999 }, { ssn: [219099999] }],
    ['a name', { 'jo@acme.io': 1 }, { 'jo@acme.io': [1] }],
    ['a name in an object', { to: { 'jo@acme.io': 1 } }, { to: [{ 'jo@acme.io': [1] }] }],
  ])('is the accepted one if that, masked, is the same: %s', (_, args, accepted) => {
    expect(matches(args, accepted)).toBe(true);
  });

  it.each([
    ['of another kind', { card: 'jo@acme.io' }, { card: [CARD] }],
    ['where nothing that is masked is accepted', { card: CARD }, { card: [42, 'cash', true, ''] }],
    ['beside another that is wrong', { card: CARD, n: 1 }, { card: [CARD], n: [2] }],
    ['in another text', { note: 'mail jo@acme.io now' }, { note: ['call jo@acme.io now'] }],
    ['in a longer list', { cards: [1, CARD] }, { cards: [[CARD]] }],
    ['by a name that is not accepted', { 'jo@acme.io': 1 }, { email: [1] }],
  ])('is not the accepted one %s', (_, args, accepted) => expect(matches(args, accepted)).toBe(false));

  it('is nothing that a model wrote itself', () => {
    const accepted = [{ book: { card: [CARD] } }];
    expect(match([call('book', { card: '[CARD]' })], accepted, offered).success).toBe(false);
    expect(matches({ card: CARD }, { card: [CARD] }, new Set(['[EMAIL]']))).toBe(false);
  });
});
