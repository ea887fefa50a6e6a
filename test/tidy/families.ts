import { lineOf, without } from './scan.ts';
import { isSource, isTest, type Tree } from './tree.ts';

/** The controller's tables of what depends on a metric's kind. */
const TABLES = 'controller/rules/';

/**
 * Where the controller looks at a metric's family by itself, as lines `file:line: what`. What differs by kind of metric is an
 * answer that its decision rule or its goal's comparison gives, so that a new kind is a new record and no hunt for comparisons.
 */
export const familiesOutsideRules = (tree: Tree): string[] =>
  [...tree]
    .filter(([file]) => file.startsWith('controller/') && !file.startsWith(TABLES) && isSource(file) && !isTest(file))
    .flatMap(([file, text]) => {
      const code = without(text, ['comment', 'string']);
      return [...code.matchAll(/\bfamily\b/g)].map(
        ({ index }) => `${file}:${lineOf(code, index)}: make what depends on a metric's family a member of its rule`,
      );
    });
