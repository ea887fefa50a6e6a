import { expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { createNap } from './nap.ts';

it('a nap ends when it is woken, and one that was woken before it began does not begin', async () => {
  const nap = createNap(systemClock);
  const resting = nap.rest(60_000);
  nap.wake();
  await resting;
  nap.wake();
  await nap.rest(60_000);
  const slept: number[] = [];
  const next = createNap({ sleep: async (ms) => void slept.push(ms) });
  next.wake();
  await next.rest(1);
  await next.rest(2);
  expect(slept).toEqual([2]);
});
