import { describe, expect, it } from 'vitest';
import { SpentCallers } from './spent-callers.ts';

const refused = (bucket: string, retryAfterMs: number) => ({
  allowed: false,
  bucket,
  limit: 5,
  remaining: 0,
  resetMs: 5_000,
  retryAfterMs,
});

describe('a caller whose limit is reached', () => {
  it('is refused by the head until its time has come, and is told what is left of that', () => {
    const spent = new SpentCallers();
    spent.refused(refused('key:a', 300), 1_000);
    expect(spent.find('key:a', 1_100)).toMatchObject({ retryAfterMs: 200, resetMs: 4_900 });
    expect(spent.find('key:b', 1_100)).toBeNull();
    expect(spent.find('key:a', 1_300)).toBeNull();
    expect(spent.isEmpty).toBe(true);
  });

  it('is asked about again after a second, however long its limit says, and if the clock steps back', () => {
    const spent = new SpentCallers();
    for (const nowMs of [2_000, 900]) {
      spent.refused(refused('address:192.0.2.1', 3_600_000), 1_000);
      expect(spent.find('address:192.0.2.1', 1_999)).not.toBeNull();
      expect(spent.find('address:192.0.2.1', nowMs)).toBeNull();
    }
  });

  it('is none of those whose user or agent has nothing left, which only the body names', () => {
    const spent = new SpentCallers();
    spent.refused(refused('user:x', 300), 1_000);
    spent.refused(refused('agent:support', 300), 1_000);
    expect(spent.isEmpty).toBe(true);
  });
});
