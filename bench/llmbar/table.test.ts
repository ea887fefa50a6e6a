import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readJudgedPairs } from './judged-pairs.ts';
import { markdownOf, tableOf } from './table.ts';

const folder = mkdtempSync(join(tmpdir(), 'llmbar-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each pair: what people prefer, then who wins with output 1 first and with output 2 first. Output 1 is the longer. */
const write = (file: string, pairs: readonly (readonly [label: number, first: string, swapped: string])[]): void => {
  const rows = pairs.map(([label, first, swapped], i) => ({
    input: `question ${i}`,
    output_1: 'a long answer',
    output_2: 'short',
    label,
    results: [
      {
        'swap = False': { completion: ['Output', 'stop'], winner: first },
        'swap = True': { completion: ['Output', 'stop'], winner: swapped },
      },
    ],
  }));
  writeFileSync(join(folder, file), JSON.stringify(rows));
};

// The cheap judge is right twice in both orders, wrong once in both, and follows the place once; a fifth reply names neither.
write('toy.Cheap.json', [
  [1, '1', '1'],
  [2, '2', '2'],
  [2, '1', '1'],
  [2, '1', '2'],
  [1, '', '1'],
]);
write('toy.Strong.json', [
  [1, '1', '1'],
  [2, '2', '2'],
  [2, '2', '2'],
  [2, '2', '2'],
  [1, '2', '1'],
]);

const costOf = (_: unknown, judge: string) =>
  judge === 'Cheap' ? { first: 0.001, swapped: 0.002 } : { first: 0.01, swapped: 0.02 };
const rows = tableOf(readJudgedPairs(folder), 'Cheap', 'Strong', costOf);
const row = (method: string) => rows.find((one) => one.method.startsWith(method))!;

describe('the table of recorded verdicts', () => {
  it('takes a winner for an output, whichever place it had', () => {
    expect(row('Cheap, output 1 first')).toMatchObject({ accuracy: 2.5 / 5, decided: 4 / 5, accuracyDecided: 2 / 4 });
    expect(row('Cheap, output 2 first')).toMatchObject({ accuracy: 4 / 5, decided: 1, consistent: null });
    expect(row('Cheap, output 1 first').picksFirst).toBe(3 / 4);
    expect(row('Cheap, output 2 first').picksFirst).toBe(2 / 5);
  });

  it('counts a conflict of the orders as a tie, half right', () => {
    expect(row('Cheap, both')).toMatchObject({
      accuracy: (2 + 2 / 2) / 5,
      decided: 3 / 5,
      accuracyDecided: 2 / 3,
      consistent: 3 / 5,
      callsPerPair: { Cheap: 2 },
    });
  });

  it('lets the strong judge decide what the cheap one could not, in both orders, and keeps what it got wrong', () => {
    const found = row('cascade');
    expect(found).toMatchObject({
      accuracy: (3 + 1 / 2) / 5,
      decided: 4 / 5,
      callsPerPair: { Cheap: 2, Strong: 4 / 5 },
    });
    expect(found.estimatedUsdPerThousand).toBeCloseTo((1_000 * (5 * 0.003 + 2 * 0.03)) / 5, 9);
  });

  it('says how often the longer output wins, and how often people prefer it there', () => {
    expect(row('Cheap, both')).toMatchObject({ picksLonger: 2 / 3, goldIsLonger: 1 / 3 });
  });

  it('prints one line for each method', () => {
    expect(markdownOf(rows).split('\n')).toHaveLength(2 + 2 + 7);
    expect(markdownOf(rows)).not.toMatch(/NaN|undefined/);
  });

  it('says what to do without the data, and refuses files of different pairs', () => {
    expect(() => readJudgedPairs(join(folder, 'none'))).toThrow(/there is no folder .*--data/);
    const other = mkdtempSync(join(tmpdir(), 'llmbar-'));
    expect(() => readJudgedPairs(other)).toThrow('holds no <dataset>.<judge>.json');
    writeFileSync(join(other, 'toy.Cheap.json'), '[{"input": 1}]');
    expect(() => readJudgedPairs(other)).toThrow('is not a file of recorded verdicts: 0.input');
    rmSync(other, { recursive: true });
  });
});
