import { describe, expect, it } from 'vitest';
import { birthInStat, birthOf } from './process-birth.ts';

const stat = (name: string, state: string): string =>
  `42 (${name}) ${state} 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200 18446744073709551615`;

describe('the birth of a process', () => {
  it('is the same whatever the process is called', () => {
    expect(birthInStat(stat('java', 'S'))).toBe('987654');
    expect(birthInStat(stat('a) S 1 (b', 'S'))).toBe('987654');
  });

  it('is none of a zombie, which is dead', () => {
    expect(birthInStat(stat('java', 'Z'))).toBe('');
  });

  it('stays the same for a process that lives, and is none of one that never was', async () => {
    const birth = await birthOf(process.pid);
    expect(birth).toMatch(/^\w+$/);
    expect(await birthOf(process.pid)).toBe(birth);
    expect(await birthOf(2 ** 30)).toBe('');
  });
});
