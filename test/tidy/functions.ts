import { lineOf, without } from './scan.ts';
import { isSource, isTest, type Tree } from './tree.ts';

const MAX_OWN_LINES = 60;

type Block = { isFunction: boolean; from: number; innerLines: number };

const ARROW = /=>\s*$/;
/** A parameter list before the brace, perhaps cut short by the braces of a parameter's type, and a return type. */
const PARAMETERS = /\)\s*(:[^;{}]*)?$/;
const STATEMENT = /^\s*(else\s+)?(if|for|while|switch|catch|with)\b/;

const linesIn = (text: string): number => text.split('\n').filter((line) => line.trim() !== '').length;

/**
 * Where functions with a body begin, and how many lines of code each has without those of the functions inside it: a
 * closure that is made of many small functions is no long function. Reads braces, not syntax.
 */
export const ownLines = (text: string): { line: number; lines: number }[] => {
  const code = without(text, ['comment', 'string']);
  const found: { line: number; lines: number }[] = [];
  const open: Block[] = [];
  let lastBreak = 0;
  for (const { 0: brace, index } of code.matchAll(/[{};]/g)) {
    if (brace === '{') {
      const before = code.slice(lastBreak, index);
      open.push({
        isFunction: ARROW.test(before) || (PARAMETERS.test(before) && !STATEMENT.test(before)),
        from: index,
        innerLines: 0,
      });
    } else if (brace === '}') {
      const block = open.pop();
      if (block === undefined) return found;
      const all = linesIn(code.slice(block.from, index + 1));
      if (block.isFunction) found.push({ line: lineOf(code, block.from), lines: all - block.innerLines });
      const parent = open.at(-1);
      if (parent) parent.innerLines += block.isFunction ? all - 1 : block.innerLines;
    }
    lastBreak = index + 1;
  }
  return found;
};

/** Functions that do too much themselves, as lines `file:line: what`. */
export const longFunctions = (tree: Tree): string[] =>
  [...tree]
    .filter(([file]) => isSource(file) && !isTest(file))
    .flatMap(([file, text]) =>
      ownLines(text)
        .filter(({ lines }) => lines > MAX_OWN_LINES)
        .map(({ line, lines }) => `${file}:${line}: a function of ${lines} lines of its own; at most ${MAX_OWN_LINES}`),
    );
