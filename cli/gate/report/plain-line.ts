import { beginning } from '../../output/plain.ts';

/**
 * Control characters, halves of characters, what is no character, and marks that turn a line's direction or are never seen: they can make
 * a terminal or a page show what is not there, and XML has no place for some.
 */
const UNSEEN =
  /(?![\t\n])\p{Cc}|\p{Cs}|[\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF\uFFFE\uFFFF\u{E0000}-\u{E007F}]/gu;

/** A text without what can't be shown as it is: of escape sequences only their letters are left. Lines stay lines. */
export const plainText = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll(UNSEEN, '�').replaceAll('\t', '  ');

/**
 * The same in one line, which no runner of CI takes for a command to it: GitHub's knows one by `::` at a line's beginning, or by `##[`
 * anywhere.
 */
export const plainLine = (text: string): string =>
  plainText(text)
    .replaceAll(/\s*\n\s*/g, ' ⏎ ')
    .replaceAll('##[', '## [')
    .replace(/^\s*::/, '∷');

const ending = (text: string, characters: number): string => text.slice(-characters).replace(/^[\uDC00-\uDFFF]/, '');

/** With no more characters than these, of what may have its point at its end, as a question with a long text before it. */
export const shortenedWithin = (text: string, characters: number): string => {
  if (text.length <= characters) return text;
  const end = Math.ceil((characters - 1) / 2);
  return `${beginning(text, characters - 1 - end)}…${ending(text, end)}`;
};
