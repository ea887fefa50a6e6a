import { expect, it } from 'vitest';
import { passageChance } from './first-passage.ts';
import { mulberry32 } from './sampling.fixture.ts';

const STEPS = 4_000;
const WALKS = 1_500;

/** The share of walks of fair coins with a drift that were ever so high. */
const simulated = (distance: number, drift: number, variance: number): number => {
  const random = mulberry32(11);
  const [mean, size] = [drift / STEPS, Math.sqrt(variance / STEPS)];
  let reached = 0;
  for (let walk = 0; walk < WALKS; walk++) {
    let at = 0;
    for (let i = 0; i < STEPS && at < distance; i++) at += mean + (random() < 0.5 ? size : -size);
    if (at >= distance) reached += 1;
  }
  return reached / WALKS;
};

it.each([
  [3, 4, 8],
  [3, 2, 4],
  [1, 0, 1],
  [3, -1, 6],
])('the chance to be %d higher with drift %d and variance %d is that of simulated walks', (b, drift, variance) => {
  expect(passageChance(b, drift, variance)).toBeCloseTo(simulated(b, drift, variance), 1);
});

it('is 1 where nothing is missing, certain without variance, and a chance whatever it is given', () => {
  expect(passageChance(0, -5, 1)).toBe(1);
  expect([passageChance(3, 2.9, 0), passageChance(3, 3, 0)]).toEqual([0, 1]);
  for (const [b, drift, variance] of [
    [1e-9, 1e6, 1],
    [1e3, 1e3, 1e-6],
    [1e3, 999, 1e-6],
    [3, -1e6, 2],
    [3, 1e6, 2],
  ] as const) {
    const chance = passageChance(b, drift, variance);
    expect(chance).toBeGreaterThanOrEqual(0);
    expect(chance).toBeLessThanOrEqual(1);
  }
});
