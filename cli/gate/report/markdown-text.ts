import { plainText } from './plain-line.ts';

/** Ends what a page would take for a mention, a reference or a link, without showing. */
const NOTHING = '&#8203;';

const entity = (character: string): string => `&#${character.codePointAt(0)};`;

/** Within HTML: nothing in it is markup, and it is one line of source, so that no block of Markdown ends within it. */
const asHtml = (text: string): string => plainText(text).replaceAll(/[&<>"'|`\n]/g, entity);

/** A text of others as it is, in a line or a cell. Nobody is notified by what stands in code. */
export const code = (text: string): string => (text === '' ? '' : `<code>${asHtml(text)}</code>`);

/** A longer text of others, with its lines. */
export const block = (text: string): string => `<pre>${asHtml(text)}</pre>`;

/** Words of our own in which names of others may stand: they make no markup, no mention, no reference and no link. */
export const words = (text: string): string =>
  plainText(text)
    .replaceAll('\n', ' ')
    .replaceAll(/[&<>"'|`*_~[\](){}\\!:#]/g, entity)
    .replaceAll('@', `@${NOTHING}`)
    .replaceAll('&#35;', `&#35;${NOTHING}`)
    .replace(/^\//, `${NOTHING}/`);
