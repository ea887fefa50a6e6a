import { plainText } from './plain-line.ts';

const entity = (character: string): string => `&#${character.codePointAt(0)};`;

/** All of ASCII's punctuation, which Markdown may see something in, also between the tags of HTML that stands in a line; and the ends of lines. */
const MARKUP = /[!-/:-@[-`{-~\n]/g;
/** What stands in sentences of ours: alone it is none. */
const MARKUP_OF_WORDS = /[!-#&-+/:<>@[-`{-~]|(?<=www)\./gi;

/** Ends what GitHub would take for a mention or a reference once the entities are read, without showing. */
const NOTHING = '&#8203;';

/** A text of others as it is, in a line or a cell. Nobody is notified by what stands in code. */
export const code = (text: string): string =>
  text === '' ? '' : `<code>${plainText(text).replaceAll(MARKUP, entity)}</code>`;

/** A longer text of others, with its lines, which are broken where there is no more room: `pre` would make a page as wide as they are. */
export const block = (text: string): string => text.split(/\r?\n/).map(code).join('<br>');

/** Words of our own in which names of others may stand: they make no markup, no mention, no reference and no link. */
export const words = (text: string): string =>
  plainText(text)
    .replaceAll('\n', ' ')
    .replaceAll(MARKUP_OF_WORDS, entity)
    .replaceAll(/&#(?:35|64|47);/g, (written) => `${written}${NOTHING}`);
