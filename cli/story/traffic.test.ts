import { expect, it, onTestFinished, vi } from 'vitest';
import { startTraffic } from './traffic.ts';

it('sends at a rate of less than one a second, too, and follows a change of the rate', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const nothingListens = 'http://127.0.0.1:9';
  const traffic = startTraffic({ url: nothingListens, agent: 'a', ratePerSecond: 0.25, request: () => ({}) });
  vi.advanceTimersByTime(40_100);
  expect(traffic.ledger.sent).toBe(10);
  traffic.setRate(50);
  vi.advanceTimersByTime(2_000);
  expect(traffic.ledger.sent).toBeGreaterThan(100);
  await traffic.stop();
});
