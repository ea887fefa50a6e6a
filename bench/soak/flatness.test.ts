import { expect, it } from 'vitest';
import { randomFrom } from '../../ingress/test/http-abuse.harness.ts';
import { flatnessOf, type Sample, TOLERANCE_MB_PER_MINUTE, warmUpSeconds } from './flatness.ts';

const WARM_UP_S = 60;
const samplesOf = (seconds: number, mbAt: (second: number) => number): Sample[] =>
  Array.from({ length: seconds }, (_, i) => ({ second: i + 1, mb: mbAt(i + 1) }));
/** A saw of collections with a jump in it, and noise. */
const sawOf = (seed: number) => {
  const random = randomFrom(seed);
  return (second: number): number => 100 + (second % 17) + random.below(1_000) / 100 + (second === 95 ? 300 : 0);
};

it('memory that only saws and bursts is flat, and its growth is near nothing', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const found = flatnessOf(samplesOf(260, sawOf(seed)), WARM_UP_S);
    expect(found.isFlat).toBe(true);
    expect(Math.abs(found.mbPerMinute)).toBeLessThan(5);
    expect(found.peakMb).toBeGreaterThan(390);
  }
});

it('a leak of 15 MB a minute is seen in a saw of as much within four minutes, each time', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const saw = sawOf(seed);
    const found = flatnessOf(
      samplesOf(300, (second) => saw(second) + second / 4),
      WARM_UP_S,
    );
    expect(found).toMatchObject({ isFlat: false });
    expect(found.mbPerMinute).toBeGreaterThan(12);
    expect(found.mbPerMinute).toBeLessThan(18);
    expect(found.atLeastMbPerMinute).toBeGreaterThan(TOLERANCE_MB_PER_MINUTE);
  }
});

it('what grows while it warms up, or less than is tolerated, is flat; too short a run shows nothing', () => {
  expect(
    flatnessOf(
      samplesOf(260, (second) => Math.min(second, 60) * 10),
      WARM_UP_S,
    ),
  ).toMatchObject({
    isFlat: true,
    firstMb: 600,
    lastMb: 600,
    mbPerMinute: 0,
  });
  expect(
    flatnessOf(
      samplesOf(600, (second) => 100 + second / 60),
      WARM_UP_S,
    ).isFlat,
  ).toBe(true);
  expect(
    flatnessOf(
      samplesOf(180, (second) => 100 * second),
      WARM_UP_S,
    ).isFlat,
  ).toBeNull();
  expect([2, 3, 10, 60].map(warmUpSeconds)).toEqual([60, 90, 300, 1_800]);
});
