import { expect, it } from 'vitest';
import { systemClock } from './clock.ts';

it('wakes a sleeper early, without an error, when its signal aborts', async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(60_000, stop.signal);
  stop.abort();
  await sleeping;
  await systemClock.sleep(60_000, stop.signal);
  expect(systemClock.nowMs()).toBeGreaterThan(1.7e12);
});
