import { describe, expect, it } from 'vitest';
import { redisMajor } from './redis-server.ts';

describe('redisMajor', () => {
  it.each([
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', 7],
    ['Valkey server v=9.1.2 sha=00000000:1 malloc=libc bits=64', 9],
    ['something else', 0],
  ])('reads %j as %i', (printed, major) => {
    expect(redisMajor(printed)).toBe(major);
  });
});
