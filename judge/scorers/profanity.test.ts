import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasProfanity, matcher } from './profanity.ts';

const PIECES =
  'fuck|fvck|shit|sh1t|$h!t|ｆｕｃｋ|𝓫𝓲𝓽𝓬𝓱|bitch|stitch|Scunthorpe|cunt|motherf|nigger|snigger|spic and span|spic|ching chong|retard|fire retardant|twat|a$$hole|arsehole|whore|kike|gook';
const LOOKALIKES: Readonly<Record<string, string>> = {
  a: '@4àаⓐ',
  c: '(ç',
  e: '3éе',
  g: '6',
  i: '1|!ïı',
  o: '0öо',
  s: '$5ѕ',
  t: '7',
  u: 'üυ',
  k: 'кⓚ',
};

/** Words that abuse or look like it, spelt as people spell them to get past a filter. */
const spelt = fc
  .tuple(fc.constantFrom(...PIECES.split('|')), fc.array(fc.nat({ max: 11 }), { minLength: 12, maxLength: 12 }))
  .map(([word, choices]) =>
    Array.from(word)
      .map((character, i) => {
        const choice = choices[i % choices.length]!;
        const like = Array.from(LOOKALIKES[character.toLowerCase()] ?? '');
        if (choice < 3) return character.repeat(choice + 1);
        if (choice === 4) return character.toUpperCase();
        return choice > 7 && like.length > 0 ? like[choice % like.length]! : character;
      })
      .join(''),
  );
const text = fc
  .array(fc.oneof(spelt, fc.string({ unit: 'grapheme', maxLength: 6 }), fc.constantFrom(' ', '.', '-', 'the ', 'of')), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

it('a word is found with and without looking for its letters first', () => {
  fc.assert(
    fc.property(text, (written) => {
      expect(hasProfanity(written)).toBe(matcher.hasMatch(written));
    }),
    { numRuns: 20_000 },
  );
});

it('the texts tried above hold abusive words as well as harmless ones', () => {
  const found = fc.sample(text, { numRuns: 500, seed: 1 }).filter((written) => matcher.hasMatch(written)).length;
  expect(found).toBeGreaterThan(50);
  expect(found).toBeLessThan(450);
});
