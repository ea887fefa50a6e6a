import { describe, expect, it } from 'vitest';
import { redactBody } from '../../privacy/redact.ts';
import { PII_KINDS } from '../../privacy/pii-hit.ts';
import { ALL_MARKS } from '../../privacy/mark.ts';
import { maskedMisfit } from './masked.ts';
import { createToolCallCheck } from './tool-schema.ts';

const check = createToolCallCheck();
const CARD = 4_111_111_111_111_111;
const MISFIT = { instancePath: '/a', keyword: 'type' };

/** The verdict on arguments as they are in a body that was redacted on its way to the judge. */
const verdict = (properties: object, args: object, more: object = {}) => {
  const text = JSON.stringify({ arguments: JSON.stringify(args) });
  const redacted = JSON.parse(redactBody(text, 'application/json', false)) as { arguments: string };
  expect(redacted.arguments).toMatch(/\[[A-Z]+\]/);
  const parameters = { type: 'object', properties, ...more };
  return check({ name: 'pay', arguments: redacted.arguments }, [{ name: 'pay', parameters }], ALL_MARKS);
};

describe('a value that was masked', () => {
  it.each([
    ['a number', { card: { type: 'integer' } }, { card: CARD }, '/card'],
    ['a negative number', { card: { type: 'number', maximum: 0 } }, { card: -CARD }, '/card'],
    ['a text that has to be short', { card: { type: 'string', maxLength: 5 } }, { card: String(CARD) }, '/card'],
    ['a text of several that are allowed', { to: { enum: ['jo@acme.io'] } }, { to: 'jo@acme.io' }, '/to'],
    ['a text that is the only one allowed', { to: { const: 'jo@acme.io' } }, { to: 'jo@acme.io' }, '/to'],
    ['a value in a list', { cards: { type: 'array', items: { type: 'integer' } } }, { cards: [1, CARD] }, '/cards/1'],
    ['a value by a name with signs', { 'a/b~c': { type: 'integer' } }, { 'a/b~c': CARD }, '/a~1b~0c'],
    ['one of several kinds', { pay: { anyOf: [{ type: 'integer' }, { type: 'object' }] } }, { pay: CARD }, '/pay'],
    ['one that must be no text', { pay: { not: { type: 'string' } } }, { pay: CARD }, '/pay'],
    ['what a list has to hold', { l: { type: 'array', contains: { type: 'integer' } } }, { l: [CARD] }, '/l'],
    ['an object that is one of several', { o: { enum: [{ to: 'jo@acme.io' }] } }, { o: { to: 'jo@acme.io' } }, '/o'],
  ])('is not held against its schema: %s', (_, properties, args, path) => {
    const { valid, reason } = verdict(properties, args);
    expect(valid).toBe(null);
    expect(reason).toContain(`pay${path}`);
    expect(reason).toContain('masked');
  });

  it('in a name is not missed, nor one too many', () => {
    const args = { 'jo@acme.io': 1 };
    expect(verdict({}, args, { required: ['jo@acme.io'] }).valid).toBe(null);
    expect(verdict({ 'jo@acme.io': {} }, args, { additionalProperties: false }).valid).toBe(null);
  });

  it.each([
    ['another value is wrong', { n: { type: 'integer' } }, { n: 'x', card: CARD }, {}, 'pay/n: must be integer'],
    ['a value is missing', { n: {} }, { card: CARD }, { required: ['n'] }, "pay: must have required property 'n'"],
    ['one is too many', { card: {} }, { card: CARD, x: 1 }, { additionalProperties: false }, 'additional properties'],
    ['a text with a mask is none', { a: { type: 'object' } }, { a: [CARD] }, {}, 'pay/a: must be object'],
    ['a list with it is too long', { a: { type: 'array', maxItems: 1 } }, { a: [CARD, 1] }, {}, 'more than 1 items'],
  ])('excuses nothing else: %s', (_, properties, args, more, reason) => {
    expect(verdict(properties, args, more)).toMatchObject({ valid: false, reason: expect.stringContaining(reason) });
  });

  it('that fits all the same leaves the others to be judged', () => {
    expect(verdict({ card: { type: 'string' }, n: { type: 'integer' } }, { card: String(CARD), n: 1 }).valid).toBe(
      true,
    );
  });

  it('is known by the mark of each kind', () => {
    for (const kind of [...PII_KINDS, 'cut']) {
      const args = { a: `x [${kind.toUpperCase()}]` };
      expect(maskedMisfit(args, [MISFIT], ALL_MARKS)).toBe('/a');
      expect(maskedMisfit(args, [MISFIT], new Set())).toBe(null);
    }
    expect(maskedMisfit({ a: '[NAME]' }, [MISFIT], ALL_MARKS)).toBe(null);
    expect(maskedMisfit({ a: '[CARD]' }, [MISFIT], new Set(['[EMAIL]']))).toBe(null);
  });

  it('is found at any depth, and nowhere where a pointer leads nowhere', () => {
    let deep: unknown = '[CARD]';
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(maskedMisfit({ a: deep }, [{ instancePath: '/a', keyword: 'not' }], ALL_MARKS)).toBe('/a');
    expect(maskedMisfit({ a: '[CARD]' }, [{ instancePath: '/a/length', keyword: 'type' }], ALL_MARKS)).toBe(null);
    expect(maskedMisfit({}, [{ instancePath: '/toString', keyword: 'type' }], ALL_MARKS)).toBe(null);
  });
});
