import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Duration } from './duration.ts';

describe('a duration', () => {
  it.each([
    ['250ms', 250, '250ms'],
    ['90s', 90_000, '90s'],
    ['60m', 3_600_000, '1h'],
    ['1.5h', 5_400_000, '90m'],
    ['7d', 604_800_000, '7d'],
    ['0s', 0, '0ms'],
  ])('reads %s as %d ms and is written as %s', (text, ms, written) => {
    expect([z.decode(Duration, text), z.encode(Duration, ms)]).toEqual([ms, written]);
  });

  it('is the same after it was written and read again', () => {
    fc.assert(fc.property(fc.nat(1e12), (ms) => z.decode(Duration, z.encode(Duration, ms)) === ms));
  });

  it.each(['', '10', 's', '-1s', '1 h', '1w'])('is not %j', (text) => {
    expect(z.safeDecode(Duration, text).success).toBe(false);
  });
});
