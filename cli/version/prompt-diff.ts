import { styleText } from 'node:util';
import { type Change, diffLines, diffWordsWithSpace } from 'diff';
import { printable } from '../shadow-report/excerpt.ts';

/** Two long texts that have little in common are compared by line after this. */
const WORDS_WITHIN_MS = 2_000;
/** Lines around one that changed. */
const CONTEXT = 1;

type Line = { text: string; isChanged: boolean };

/** As `git diff --word-diff` writes it, which can be read without colours, too. */
const marked = (text: string, { added, removed }: Pick<Change, 'added' | 'removed'>): string => {
  if (text === '') return '';
  if (added) return styleText('green', `{+${text}+}`);
  return removed ? styleText('red', `[-${text}-]`) : text;
};

const linesOf = (changes: readonly Change[]): Line[] => {
  const lines: Line[] = [{ text: '', isChanged: false }];
  for (const change of changes)
    for (const [i, part] of change.value.split('\n').entries()) {
      if (i > 0) lines.push({ text: '', isChanged: false });
      const line = lines.at(-1)!;
      line.text += marked(printable(part), change);
      // Of a change that ends a line the next one has nothing.
      if ((change.added || change.removed) && (part !== '' || change.value === '\n')) line.isChanged = true;
    }
  return lines;
};

/** Two prompts word by word: the lines that differ with what is around them, `…` for what is the same. Empty where nothing differs. */
export const promptDiff = (from: string, to: string): string[] => {
  if (from === to) return [];
  const changes = diffWordsWithSpace(from, to, { timeout: WORDS_WITHIN_MS }) ?? diffLines(from, to);
  const lines = linesOf(changes);
  const isNear = (i: number): boolean =>
    lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some(({ isChanged }) => isChanged);
  return lines.flatMap(({ text }, i) => {
    if (isNear(i)) return [text];
    return i === 0 || isNear(i - 1) ? ['…'] : [];
  });
};
