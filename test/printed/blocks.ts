import type { Tree } from '../tidy/tree.ts';

/** A block of commands in a page, as it is printed there. */
export type Block = { file: string; line: number; text: string };

/** Fenced blocks of a page in one of these languages. A page is Markdown with fences of three backticks at a line's start. */
const fenced = (file: string, page: string, languages: readonly string[]): Block[] =>
  [...page.matchAll(/^```(\S*)\n([^]*?)^```$/gm)]
    .filter(([, language = '']) => languages.includes(language))
    .map(({ index, 2: text = '' }) => ({ file, line: page.slice(0, index).split('\n').length, text }));

const pagesOf = (tree: Tree): [string, string][] =>
  [...tree].filter(([file]) => file.endsWith('.md') && file !== 'CHANGELOG.md');

/** Every block of shell commands in a page of the project. */
export const shellBlocks = (tree: Tree): Block[] =>
  pagesOf(tree).flatMap(([file, page]) => fenced(file, page, ['sh', 'bash', 'shell', 'console', 'zsh']));

/** A page's YAML documents. */
export const yamlBlocks = (file: string, page: string): string[] =>
  fenced(file, page, ['yaml']).map(({ text }) => text);

const COALMINE = /(?:npx coalmine|npm start(?: --)?|npm run (?:--silent )?keys(?: --)?)((?: [^`\n]*)?)/g;

/** Command lines of `coalmine` wherever a page prints them in full, in blocks or within a line. `text` is what follows the program, its verb first. */
export const coalmineLines = (tree: Tree): Block[] =>
  pagesOf(tree).flatMap(([file, page]) =>
    [...page.replaceAll('\\\n', '  ').matchAll(COALMINE)].map(({ index, 0: whole, 1: rest = '' }) => ({
      file,
      line: page.slice(0, index).split('\n').length,
      text: `${whole.startsWith('npm start') ? 'start' : whole.startsWith('npm') ? 'keys' : ''}${rest}`.trim(),
    })),
  );
