import path from 'node:path';
import { lineOf, without } from './scan.ts';
import { isSource, type Tree } from './tree.ts';

/** `target` is the imported file's path from the root, or the name of a package (`node:fs`, `zod`). */
export type Import = { from: string; line: number; target: string; isPackage: boolean; isThread: boolean };

const FORMS = [
  /\b(?:import|export)\b[^'"`;]*?\bfrom\s*(['"])([^'"]+)\1/g,
  /\bimport\s*(['"])([^'"]+)\1/g,
  /\bimport\s*\(\s*(['"])([^'"]+)\1/g,
];

/** A thread's file is as good as imported. */
const THREAD = /\bnew\s+URL\(\s*(['"])(\.[^'"]+\.m?[jt]s)\1\s*,\s*import\.meta\.url/g;

const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

export const importsOf = (file: string, text: string): Import[] => {
  const code = without(text, ['comment']);
  const bare = without(text, ['comment', 'string']);
  return [...FORMS, THREAD].flatMap((form) =>
    [...code.matchAll(form)]
      .filter((match) => bare[match.index] !== ' ')
      .map((match) => {
        const specifier = match[2]!;
        const isPackage = !specifier.startsWith('.');
        const target = isPackage ? packageName(specifier) : path.posix.join(path.posix.dirname(file), specifier);
        return { from: file, line: lineOf(code, match.index), target, isPackage, isThread: form === THREAD };
      }),
  );
};

export const allImports = (tree: Tree): Import[] =>
  [...tree].filter(([file]) => isSource(file)).flatMap(([file, text]) => importsOf(file, text));
