import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mappedText, plainText } from './plain-text.ts';

/** Texts full of what may hide something. */
const tricky = fc
  .array(
    fc.constantFrom(
      ...`\\ " n u 0040 \\u0040 \\n \\\\ %40 % &#64; &#x40; &# a 7 \u200b ４ ٤ 𝟜 \\ud835\\udfdc \u2011 1\u20e3 é 漢`.split(
        ' ',
      ),
      ' ',
      '\u00a0',
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

describe('plain text', () => {
  it.each([
    ['jo\\u0040x.com', 'jo@x.com'],
    ['{\\"to\\":\\"jo\\\\u0040x.com\\"}', '{"to":"jo@x.com"}'],
    ['01\\/02', '01/02'],
    ['jo%40x.com', 'jo@x.com'],
    ['jo&#64;x&#x2e;com', 'jo@x.com'],
    ['４１１１', '4111'],
    ['٤१𝟙\\ud835\\udfd9', '4111'],
    ['41\u200b1\u00ad1', '4111'],
    ['1\u00a0\u20112', '1 -2'],
    ['100% & more', '100% & more'],
    ['C:\\dir', 'C:\\dir'],
  ])('%j reads %j', (raw, plain) => {
    expect(plainText(raw)).toBe(plain);
  });

  it('is the same with and without its map, which tells where each character came from', () => {
    fc.assert(
      fc.property(tricky, (raw) => {
        const { text, starts, ends } = mappedText(raw);
        expect(plainText(raw)).toBe(text);
        for (let i = 0; i < text.length; i += 1) expect(plainText(raw.slice(starts[i], ends[i]))).toContain(text[i]);
      }),
    );
  });
});
