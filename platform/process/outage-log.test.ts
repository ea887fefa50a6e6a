import { expect, it } from 'vitest';
import type { Log } from './log.ts';
import { createOutageLog } from './outage-log.ts';

it('says that something is away at first, each 30 s after, and once that it is back', () => {
  const said: string[] = [];
  let nowMs = 0;
  const write = (_fields: object, line: string): void => void said.push(`${nowMs}: ${line}`);
  const outage = createOutageLog(
    { warn: write, info: write } as unknown as Log,
    { nowMs: () => nowMs, sleep: async () => {} },
    'Redis',
  );
  outage.recovered();
  for (; nowMs < 70_000; nowMs += 1_000) outage.failed(new Error('refused'));
  expect(outage.down()).toBe(true);
  outage.recovered();
  outage.recovered();
  const away = 'Redis is away, trying again until it is back: refused';
  expect(said).toEqual([`0: ${away}`, `30000: ${away}`, `60000: ${away}`, '70000: Redis is back']);
  expect(outage.down()).toBe(false);
});
