import { plainText } from './plain-line.ts';

/** Ends what a page would take for a mention, a reference or a link, without showing. */
const NOTHING = '&#8203;';

const entity = (character: string): string => `&#${character.codePointAt(0)};`;

/** Within HTML: nothing in it is markup, and it is one line of source: an empty one would end a block of HTML. */
const asHtml = (text: string): string => plainText(text).replaceAll(/[&<>"'|`\n]/g, entity);

/** A text of others as it is, in a line or a cell. Nobody is notified by what stands in code. */
export const code = (text: string): string => (text === '' ? '' : `<code>${asHtml(text)}</code>`);

/** A longer text of others, with its lines, which are broken where there is no more room: `pre` would make a page as wide as they are. */
export const block = (text: string): string => text.split(/\r?\n/).map(code).join('<br>');

/** Words of our own in which names of others may stand: they make no markup, no mention, no reference and no link. */
export const words = (text: string): string =>
  plainText(text)
    .replaceAll('\n', ' ')
    .replaceAll(/[&<>"'|`*_~[\](){}\\!:#]/g, entity)
    .replaceAll('@', `@${NOTHING}`)
    .replaceAll('&#35;', `&#35;${NOTHING}`)
    .replace(/^\//, `${NOTHING}/`);
