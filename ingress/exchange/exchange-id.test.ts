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
  caller: fc.nat(2 ** 48 - 1),
  timeMs: fc.nat(4e12),
  nonce: fc.string({ minLength: 1, maxLength: 20 }),
});

describe('exchange id', () => {
  it('says what was signed', () => {
    fc.assert(
      fc.property(claims, (c) => {
        expect(readExchangeId(key, signExchangeId(key, c, 126))).toEqual(c);
      }),
    );
  });

  it('is refused when any character was changed, cut or added, or another key signed it', () => {
    fc.assert(
      fc.property(claims, fc.nat(), fc.constantFrom('A', 'b', '-', '_', '='), (c, at, letter) => {
        const id = signExchangeId(key, c, 126);
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
    expect(() => signExchangeId(key, { ...sample!, rollout: 'x'.repeat(256) }, 126)).toThrow('does not fit');
  });

  const arms = fc.record({ version: fc.string({ maxLength: 20 }), arm: fc.string({ maxLength: 20 }) });

  it('tells nobody its version or arm, whether by its text or by its length', () => {
    fc.assert(
      fc.property(claims, arms, arms, (c, one, other) => {
        const [a, b] = [one, other].map((arm) => signExchangeId(key, { ...c, ...arm }, 126));
        expect(a!.length).toBe(b!.length);
        const text = Buffer.from(a!, 'base64url').toString('latin1');
        for (const name of [c.rollout, one.version, one.arm]) if (name.length > 4) expect(text).not.toContain(name);
      }),
    );
  });

  it('of two that differ in their arm alone has no bytes in common', () => {
    const [sample] = fc.sample(claims, 1);
    const [a, b] = ['stable', 'candidate'].map((arm) =>
      Buffer.from(signExchangeId(key, { ...sample!, agent: 'support', arm }, 126), 'base64url'),
    );
    const same = a!.filter((byte, i) => i > 0 && byte === b![i]).length;
    expect(same).toBeLessThan(a!.length / 8);
  });

  it('is one that every key length signs and reads', () => {
    fc.assert(
      fc.property(claims, fc.constantFrom(16, 32, 64, 65, 200), (c, length) => {
        const signer = Buffer.alloc(length, 3);
        expect(readExchangeId(signer, signExchangeId(signer, c, 0))).toEqual(c);
      }),
    );
  });

  it('is signed by HMAC-SHA-256: the MAC is of the claims before they were hidden', () => {
    const signed = { agent: 'a', rollout: 'r', routingSequence: 7, version: 'v', arm: 's', nonce: 'n' };
    const id = signExchangeId(key, { ...signed, evidence: true, subjectBucket: 3, timeMs: 5, caller: 9 }, 0);
    const plain = Buffer.concat([
      Buffer.from([2, 1, 3, 0, 0, 0, 7, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 9]),
      ...['v', 's', 'a', 'r', 'n'].map((text) => Buffer.from(`\u0001${text}`)),
    ]);
    const mac = createHmac('sha256', key).update(plain).digest().subarray(0, 12);
    expect(Buffer.from(id, 'base64url').subarray(-12)).toEqual(mac);
  });
});
