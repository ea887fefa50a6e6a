import { describe, expect, it } from 'vitest';
import { parseLock, readLock } from './lock.ts';

describe('the lock of the parts', () => {
  it('is a valid one that names every file once', () => {
    const { maven } = readLock();
    expect(new Set(maven.map(({ file }) => file)).size).toBe(maven.length);
    expect(maven.filter(({ set }) => set === 'registry')).toHaveLength(1);
  });

  it('has wheels for the same platforms', () => {
    const { jre, redis } = readLock().wheels;
    expect(Object.keys(jre.sha256).toSorted()).toEqual(Object.keys(redis.sha256).toSorted());
  });

  it('is refused when a checksum is not one', () => {
    const text = JSON.stringify(readLock());
    const [jar] = readLock().maven;
    expect(() => parseLock(text.replace(jar?.sha256 ?? '', 'abc'))).toThrow(/sha256/);
  });
});
