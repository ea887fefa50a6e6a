/** Joins letters and emoji, and moves nothing on a terminal. */
const JOINERS = /[\u200C\u200D]/;
const MOVES = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

const escaped = (character: string): string => {
  if (JOINERS.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return String.raw`\n`;
  if (character === '\t') return String.raw`\t`;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
};

/**
 * What clients, models and whoever may write to a topic wrote, in one line and without what a terminal would take for a command
 * or a change of direction: such characters are shown by their codes.
 */
export const plain = (text: string): string => text.replaceAll(MOVES, escaped);

/** The same of several lines, which stay apart. */
export const plainLines = (text: string): string => text.split('\n').map(plain).join('\n');

/** One line of JSON that is safe on a terminal as well: JSON itself escapes only what is below U+0020. */
export const plainJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(MOVES, (character) =>
    JOINERS.test(character)
      ? character
      : [...Array(character.length).keys()]
          .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
          .join(''),
  );

/** So many characters from the beginning, or a half of one less. */
export const beginning = (text: string, characters: number): string =>
  text.slice(0, characters).replace(/[\uD800-\uDBFF]$/, '');

/** So much of a line, with a mark where more was. */
export const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${beginning(text, most - 1)}…`;
