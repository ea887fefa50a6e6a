import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_COLD, ALL_REFUSALS, ALL_WARM } from './lexicon.ts';
import { type Phrases, phraseSearch } from './phrase-search.ts';
import { requiredText } from './required-text.ts';
import { ALL_ABUSE } from './toxicity.ts';

const ALL: Phrases<string> = [...ALL_WARM, ...ALL_COLD, ...ALL_REFUSALS, ...ALL_ABUSE];

/** Every expression on every text. */
const slowly = (phrases: Phrases<string>, text: string): string[] => [
  ...new Set(phrases.filter(([, pattern]) => pattern.test(text)).map(([kind]) => kind)),
];

describe('what a text must hold', () => {
  it.each<[RegExp, readonly string[] | null]>([
    [/\bsorry\b(?! not)/, ['sorry']],
    [/apologi[sz]e/, ['apologise', 'apologize']],
    [/(?:thank|thanks) (?:very )?much/, ['thank much', 'thanks much', 'thank very much', 'thanks very much']],
    [/(?:i|we) \w+ apples?/, [' apple', ' apples']],
    [/colou?r\d+/, ['color', 'colour']],
    [/(?:abc){2,3}/, ['abc']],
    [/abc|x.*/, null],
    [/a.b/, null],
    [/[^a]*/, null],
    [/(?:abc)*/, null],
    [/abc/i, null],
    [/去死/, ['去死']],
  ])('for %s is one of %j', (pattern, pieces) => {
    expect(requiredText(pattern)?.toSorted() ?? null).toEqual(pieces?.toSorted() ?? null);
  });

  it('is known of nearly every phrase of the judge', () => {
    expect(ALL.filter(([, pattern]) => requiredText(pattern) === null).length).toBeLessThanOrEqual(1);
  });
});

describe('a search for phrases', () => {
  const words = [
    ...new Set(ALL.flatMap(([, pattern]) => requiredText(pattern) ?? []).flatMap((piece) => piece.split(/(?= )/))),
  ];
  const pieces = ALL.flatMap(([, pattern]) => requiredText(pattern) ?? []);
  const text = fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...pieces) },
        { weight: 4, arbitrary: fc.constantFrom(...words) },
        { weight: 1, arbitrary: fc.constantFrom(' ', '. ', ', ', ' not ', ' you ', ' i ', ' to ', ' help', "'", '!') },
        { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) },
      ),
      { maxLength: 14 },
    )
    .map((parts) => parts.join(''));

  it.each([
    ['warm', ALL_WARM],
    ['cold', ALL_COLD],
    ['refusing', ALL_REFUSALS],
    ['abusive', ALL_ABUSE],
    ['all', ALL],
  ] as const)('finds what every expression by itself finds, of %s ones', (_, phrases) => {
    const search = phraseSearch<string>(phrases);
    fc.assert(
      fc.property(text, (written) => {
        const found = slowly(phrases, written);
        expect(search.all(written)).toEqual(found);
        expect(search.first(written)).toBe(found[0]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('tells kinds in the order of the phrases, each once', () => {
    const search = phraseSearch([
      ['b', /second/],
      ['a', /first/],
      ['b', /third/],
    ]);
    expect(search.all('third first second')).toEqual(['b', 'a']);
    expect(search.first('third first')).toBe('a');
    expect(search.first('none of them')).toBeUndefined();
  });

  it('finds pieces that overlap, that end within each other, and that stand at either end', () => {
    const search = phraseSearch([
      ['she', /she/],
      ['hers', /hers/],
      ['his', /his/],
      ['ushers', /ushers/],
    ]);
    expect(search.all('ushers')).toEqual(['she', 'hers', 'ushers']);
    expect(search.all('this')).toEqual(['his']);
  });
});
