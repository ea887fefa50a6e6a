import { lineOf, without } from './scan.ts';
import { isSource, topOf, type Tree } from './tree.ts';

/** What makes elements, styles or code of a string: what others wrote must stay text. */
const FROM_TEXT =
  /\b(?:dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|srcdoc|createContextualFragment|DOMParser|eval|setAttribute)\b|\bdocument\s*\.\s*write|\bnew\s+Function\b|\bstyle\s*=\s*["'`]/g;

/** Places in the page where a text could become markup or code, as lines `file:line: what`. */
export const markupFromText = (tree: Tree): string[] =>
  [...tree]
    .filter(([file]) => topOf(file) === 'dashboard' && isSource(file))
    .flatMap(([file, text]) => {
      const code = without(text, ['comment']);
      return [...code.matchAll(FROM_TEXT)].map(
        (match) => `${file}:${lineOf(code, match.index)}: ${match[0]}: what others wrote must stay text`,
      );
    });
