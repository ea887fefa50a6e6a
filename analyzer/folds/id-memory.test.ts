import { expect, it } from 'vitest';
import { emptyIdMemory, MAX_IDS, packIds, passTime, remember, REMEMBER_MS, unpackIds } from './id-memory.ts';

const NOW = 1_700_000_000_000;

it('knows an id for two hours of stream time and forgets it within ten minutes more', () => {
  const memory = emptyIdMemory();
  passTime(memory, NOW);
  expect(remember(memory, 'a')).toBe(true);
  passTime(memory, NOW + REMEMBER_MS);
  expect(remember(memory, 'a')).toBe(false);
  passTime(memory, NOW + REMEMBER_MS + 600_000);
  expect(remember(memory, 'a')).toBe(true);
});

it('keeps ids from before the first stream time', () => {
  const memory = emptyIdMemory();
  remember(memory, 'a');
  passTime(memory, NOW);
  expect(remember(memory, 'a')).toBe(false);
});

it('comes back the same out of its packed form, and goes on the same', () => {
  const memory = emptyIdMemory();
  passTime(memory, NOW);
  for (let i = 0; i < 50_000; i++) remember(memory, `id-${i}`);
  const copy = unpackIds(JSON.parse(JSON.stringify(packIds(memory))));
  expect(packIds(copy)).toEqual(packIds(memory));
  expect(remember(copy, 'id-7')).toBe(false);
  expect(remember(copy, 'id-new')).toBe(true);
});

it('forgets the oldest early rather than grow beyond its bound, and counts them', () => {
  const memory = emptyIdMemory();
  for (let i = 0; i <= MAX_IDS; i++) remember(memory, `id-${i}`);
  expect(memory.known.size).toBeLessThanOrEqual(MAX_IDS);
  expect(memory.forgottenEarly).toBe(20_000);
  expect(remember(memory, `id-${MAX_IDS}`)).toBe(false);
});
