import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readExchangeId, signExchangeId } from './exchange-id.ts';

const key = Buffer.alloc(32, 1);
const claims = fc.record({
  agent: fc.string({ minLength: 1, maxLength: 60 }),
  rollout: fc.string({ maxLength: 60, unit: 'grapheme' }).filter((text) => Buffer.byteLength(text) < 256),
  routingSequence: fc.nat(2 ** 32 - 1),
  version: fc.string({ maxLength: 60 }),
  arm: fc.string({ maxLength: 60 }),
  evidence: fc.boolean(),
  subjectBucket: fc.nat(19),
  timeMs: fc.nat(4e12),
  nonce: fc.string({ minLength: 1, maxLength: 20 }),
});

describe('exchange id', () => {
  it('says what was signed', () => {
    fc.assert(
      fc.property(claims, (c) => {
        expect(readExchangeId(key, signExchangeId(key, c))).toEqual(c);
      }),
    );
  });

  it('is refused when any character was changed, cut or added, or another key signed it', () => {
    fc.assert(
      fc.property(claims, fc.nat(), fc.constantFrom('A', 'b', '-', '_', '='), (c, at, letter) => {
        const id = signExchangeId(key, c);
        const i = at % id.length;
        const changed = id.slice(0, i) + letter + id.slice(i + 1);
        if (changed !== id) expect(readExchangeId(key, changed)).toBeNull();
        expect(readExchangeId(key, id.slice(0, -1))).toBeNull();
        expect(readExchangeId(key, `${id}A`)).toBeNull();
        expect(readExchangeId(Buffer.alloc(32, 2), id)).toBeNull();
      }),
    );
  });

  it('any other text is refused', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        expect(readExchangeId(key, text)).toBeNull();
      }),
    );
  });

  it('a name that does not fit is an error, not a wrong id', () => {
    const [sample] = fc.sample(claims, 1);
    expect(() => signExchangeId(key, { ...sample!, rollout: 'x'.repeat(256) })).toThrow('does not fit');
  });

  it('is signed by HMAC-SHA-256, for keys shorter and longer than a block', () => {
    fc.assert(
      fc.property(claims, fc.constantFrom(16, 32, 64, 65, 200), (c, length) => {
        const signer = Buffer.alloc(length, 3);
        const id = Buffer.from(signExchangeId(signer, c), 'base64url');
        const mac = createHmac('sha256', signer).update(id.subarray(0, -12)).digest();
        expect(id.subarray(-12)).toEqual(mac.subarray(0, 12));
      }),
    );
  });
});
