import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedShare } from './loops.ts';
import { SCRIPTS, wordHash, wordsIn } from './word-hashes.ts';

const shareOf = (text: string): number => repeatedShare(wordsIn(text).hashes);

describe('the words of a text', () => {
  it('are hashed without letter case of Latin letters, in every script, and with numbers', () => {
    for (const [one, other] of [
      ['Order', 'oRDER'],
      ['ÉTÉ', 'été'],
    ] as const)
      expect(wordHash(one)).toBe(wordHash(other));
    expect(wordsIn('Order A-17, please: заказ. 注文は नमस्ते').hashes.length).toBe(9);
    expect(wordsIn(' \n… 👍 “”').hashes.length).toBe(0);
  });

  it('tell letters by their script, digits being none', () => {
    const { letters, total } = wordsIn('ab 12 жз かな 漢 한글 né');
    const found = Object.fromEntries(
      SCRIPTS.map((script, i) => [script, letters[i]]).filter(([, count]) => count !== 0),
    );
    expect(found).toEqual({ latin: 4, cyrillic: 2, kana: 2, han: 1, hangul: 2 });
    expect(total).toBe(11);
  });

  it('of a longer text are those of its begin and its end', () => {
    const text = `one two ${'x '.repeat(500)}three`;
    const words = [...wordsIn(text, { max: 20, begin: 8 }).hashes];
    expect(words.slice(0, 2)).toEqual([wordHash('one'), wordHash('two')]);
    expect(words.at(-1)).toBe(wordHash('three'));
    expect(words.length).toBeLessThan(10);
  });
});

describe('the share of what is said again', () => {
  it('is 0 where nothing comes again, and nears 1 in a loop', () => {
    expect(shareOf('Your order left our house on Monday and will be with you tomorrow.')).toBe(0);
    expect(shareOf('It is on its way. '.repeat(50))).toBeGreaterThan(0.95);
  });

  it('is that of counting runs of three words one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'dd'), { maxLength: 60 }), (words) => {
        const runs = words.slice(2).map((word, i) => `${words[i]} ${words[i + 1]} ${word}`);
        const repeats = runs.length - new Set(runs).size;
        const expected = words.length < 6 || repeats < 4 ? 0 : repeats / runs.length;
        expect(shareOf(words.join(' '))).toBeCloseTo(expected, 10);
      }),
    );
  });
});
