import { createCipheriv, createHmac, hash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdSigner, type ExchangeClaims, readExchangeId } from './exchange-id.ts';

const key = Buffer.alloc(32, 1);
const sign = createIdSigner(key, randomBytes);
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
});

describe('exchange id', () => {
  it('says what was signed', () => {
    fc.assert(
      fc.property(claims, (c) => {
        expect(readExchangeId(key, sign(c, 126))).toEqual(c);
      }),
    );
  });

  it('is refused when any character was changed, cut or added, or another key signed it', () => {
    fc.assert(
      fc.property(claims, fc.nat(), fc.constantFrom('A', 'b', '-', '_', '='), (c, at, letter) => {
        const id = sign(c, 126);
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
    expect(() => sign({ ...sample!, rollout: 'x'.repeat(256) }, 126)).toThrow('does not fit');
  });

  const arms = fc.record({ version: fc.string({ maxLength: 20 }), arm: fc.string({ maxLength: 20 }) });

  it('tells nobody its version or arm, whether by its text or by its length', () => {
    fc.assert(
      fc.property(claims, arms, arms, (c, one, other) => {
        const [a, b] = [one, other].map((arm) => sign({ ...c, ...arm }, 126));
        expect(a!.length).toBe(b!.length);
        const text = Buffer.from(a!, 'base64url').toString('latin1');
        for (const name of [c.rollout, one.version, one.arm]) if (name.length > 4) expect(text).not.toContain(name);
      }),
    );
  });

  it('of two that differ in their arm alone has no bytes in common', () => {
    const [sample] = fc.sample(claims, 1);
    const [a, b] = ['stable', 'candidate'].map((arm) =>
      Buffer.from(sign({ ...sample!, agent: 'support', arm }, 126), 'base64url'),
    );
    const same = a!.filter((byte, i) => i > 0 && byte === b![i]).length;
    expect(same).toBeLessThan(a!.length / 8);
  });

  it('is one that every key length signs and reads', () => {
    fc.assert(
      fc.property(claims, fc.constantFrom(16, 32, 64, 65, 200), (c, length) => {
        const signer = Buffer.alloc(length, 3);
        expect(readExchangeId(signer, createIdSigner(signer, randomBytes)(c, 0))).toEqual(c);
      }),
    );
  });

  it('is hidden by AES-256-CTR from where it says, and signed by HMAC-SHA-256 as it is given out', () => {
    const nonce = Buffer.alloc(12, 5);
    const signer = createIdSigner(key, () => nonce);
    const names = { agent: 'a', rollout: 'r', version: 'v', arm: 's' };
    const one: ExchangeClaims = {
      ...names,
      routingSequence: 7,
      evidence: true,
      subjectBucket: 3,
      timeMs: 5,
      caller: 9,
    };
    const [first, second] = [signer(one, 0), signer(one, 0)].map((id) => Buffer.from(id, 'base64url'));
    const plain = Buffer.concat([
      Buffer.from([1, 3, 0, 0, 0, 7, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 9]),
      ...['v', 's', 'a', 'r'].map((text) => Buffer.from(`\u0001${text}`)),
    ]);
    const hiding = hash('sha256', Buffer.concat([key, Buffer.from('\0claims of exchange ids')]), 'buffer');
    const cipher = createCipheriv('aes-256-ctr', hiding, Buffer.concat([nonce, Buffer.alloc(4)]));
    const hidden = [plain, Buffer.alloc(32 - plain.length), plain].map((bytes) => cipher.update(bytes));
    for (const [id, place, text] of [
      [first!, 0, hidden[0]!],
      [second!, 2, hidden[2]!],
    ] as const) {
      const open = Buffer.concat([Buffer.from([3]), nonce, Buffer.from([0, place]), text]);
      expect(id.subarray(0, -12)).toEqual(open);
      expect(id.subarray(-12)).toEqual(createHmac('sha256', key).update(open).digest().subarray(0, 12));
    }
  });

  it('uses no place of the stream twice, through many stretches of it', () => {
    const [sample] = fc.sample(claims, 1);
    const used = new Set<string>();
    let drawn = 0;
    const signer = createIdSigner(key, (bytes) => Buffer.alloc(bytes, (drawn += 1)));
    for (let i = 0; i < 3_000; i += 1) {
      const id = Buffer.from(signer(sample!, 126), 'base64url');
      const units = Math.ceil((id.length - 15 - 12) / 16);
      const place = id.readUInt16BE(13);
      for (let unit = place; unit < place + units; unit += 1) used.add(`${id[1]} ${unit}`);
      expect(used.size).toBe((i + 1) * units);
      expect(place + units).toBeLessThanOrEqual(4_096);
    }
    expect(drawn).toBeGreaterThan(2);
  });
});
