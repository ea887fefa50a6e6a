import { describe, expect, it } from 'vitest';
import { HeldBytes, holdingNothing } from './held-bytes.ts';

const KIB = 1_024;
const ann = (): string => 'key:ann';
const bob = (): string => 'key:bob';

describe('the bytes held for clients', () => {
  it('never pass the limit, however they come, and are free again once given back', () => {
    const held = new HeldBytes(() => 1_000 * KIB);
    const holdings = Array.from({ length: 100 }, holdingNothing);
    for (let round = 0; round < 40; round += 1) for (const holding of holdings) held.take(holding, 1_000, ann);
    expect(held.bytes).toBeLessThanOrEqual(1_000 * KIB);
    expect(held.bytes).toBe(holdings.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(held.take(holdingNothing(), 2_000, bob)).toBe(false);
    for (const holding of holdings) held.give(holding);
    for (const holding of holdings) held.give(holding);
    expect(held.bytes).toBe(0);
    expect(held.take(holdingNothing(), 1_000 * KIB, bob)).toBe(true);
  });

  it('are half of one caller’s at most, so that there is room for another', () => {
    const held = new HeldBytes(() => 1_000 * KIB);
    const holdings = Array.from({ length: 100 }, holdingNothing);
    const isTaken = holdings.map((holding) => held.take(holding, 100 * KIB, ann));
    expect(isTaken.filter(Boolean)).toHaveLength(5);
    expect(held.take(holdingNothing(), 100 * KIB, bob)).toBe(true);
    for (const holding of holdings) held.give(holding);
    expect(held.take(holdingNothing(), 100 * KIB, ann)).toBe(true);
  });

  it('count for a caller from the first byte of what grew long, and for nobody as long as it is small', () => {
    const held = new HeldBytes(() => 400 * KIB);
    const [one, two] = [holdingNothing(), holdingNothing()];
    const never = (): string => {
      throw new Error('asked for a small one');
    };
    expect(held.take(one, 64 * KIB, never)).toBe(true);
    expect(held.take(one, 64 * KIB, ann)).toBe(true);
    expect(held.take(two, 64 * KIB, never)).toBe(true);
    expect(held.take(two, 64 * KIB, ann)).toBe(false);
  });

  it('let one body pass that is longer than a share', () => {
    const held = new HeldBytes(() => 100 * KIB);
    expect(held.take(holdingNothing(), 90 * KIB, ann)).toBe(true);
    expect(held.take(holdingNothing(), 20 * KIB, ann)).toBe(false);
  });
});
