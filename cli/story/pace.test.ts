import { expect, it } from 'vitest';
import { pacedRate } from './pace.ts';

const LOOKS = 240;

/** A machine that judges so many a second, looked at twice a second for two minutes. `mean` is the rate of the second one. */
const played = (asked: number, judgedPerSecond: number): { rate: number; mean: number; behind: number } => {
  let [rate, mean, behind] = [asked, 0, 0];
  for (let look = 0; look < LOOKS; look += 1) {
    behind = Math.max(0, behind + (rate - judgedPerSecond) / 2);
    rate = pacedRate(rate, asked, behind);
    if (look >= LOOKS / 2) mean += rate / (LOOKS / 2);
  }
  return { rate, mean, behind };
};

it('keeps the rate that is asked for where the judge keeps up', () => {
  expect(played(100, 120)).toMatchObject({ rate: 100, behind: 0 });
});

it.each([80, 50, 30])('settles at what the machine can do, here %d a second, with a few seconds of backlog', (can) => {
  const { mean, behind } = played(100, can);
  expect(mean).toBeGreaterThan(0.8 * can);
  expect(behind).toBeLessThan(5 * can);
});

it('never stops sending', () => {
  expect(played(100, 0).rate).toBe(10);
});
