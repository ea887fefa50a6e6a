import { expect, it } from 'vitest';
import { addTo, emptyTable, holds } from './id-table.ts';
import { seeded } from './sample-log.fixture.ts';

const word = (random: () => number): number => Math.floor(random() * 2 ** 32);

it('keeps everything while it grows, and holds nothing else', () => {
  const random = seeded(1);
  const pairs = Array.from({ length: 50_000 }, () => [word(random), word(random)] as const);
  const table = emptyTable();
  const narrow = table.words.length;
  for (const [i, [high, low]] of pairs.entries()) {
    expect(holds(table, high, low)).toBe(false);
    addTo(table, high, low);
    addTo(table, high, low);
    expect(table.ids).toBe(i + 1);
  }
  expect(table.words.length).toBeGreaterThan(100 * narrow);
  expect(pairs.every(([high, low]) => holds(table, high, low))).toBe(true);
  expect(pairs.some(([high, low]) => holds(table, high ^ 1, low))).toBe(false);
});

it('tells ids apart that want the same place, at the end of the table too', () => {
  const table = emptyTable();
  const same = Array.from({ length: 300 }, (_, high) => [high, 2 ** 32 - 1] as const);
  for (const [high, low] of same) addTo(table, high, low);
  expect(same.every(([high, low]) => holds(table, high, low))).toBe(true);
  expect(holds(table, 300, 2 ** 32 - 1)).toBe(false);
});

it('does not grow when it was made for as many', () => {
  const random = seeded(2);
  const table = emptyTable(10_000);
  const { words } = table;
  for (let i = 0; i < 10_000; i++) addTo(table, word(random), word(random));
  expect(table.words).toBe(words);
});

it('sums up the same in any order, and otherwise with one bit changed', () => {
  const random = seeded(3);
  const pairs = Array.from({ length: 1_000 }, () => [word(random), word(random)] as const);
  const sumsOf = (each: readonly (readonly [number, number])[]): string => {
    const table = emptyTable();
    for (const [high, low] of each) addTo(table, high, low);
    return `${table.ids} ${table.sumHigh} ${table.sumLow}`;
  };
  expect(sumsOf(pairs.toReversed())).toBe(sumsOf(pairs));
  const [[high, low], ...others] = pairs as [readonly [number, number], ...(readonly [number, number])[]];
  expect(sumsOf([[high ^ 1024, low], ...others])).not.toBe(sumsOf(pairs));
});
