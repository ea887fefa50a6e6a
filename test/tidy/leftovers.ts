import { lineOf, without } from './scan.ts';
import { isSource, type Tree } from './tree.ts';

/** Written in pieces, so that this file does not find itself. */
const word = (...pieces: string[]): string => pieces.join('');
const NOTES = new RegExp(
  `\\b(${[word('TO', 'DO'), word('FIX', 'ME'), word('XX', 'X'), word('HA', 'CK')].join('|')})\\b`,
  'g',
);
const FOCUSED = /\b(?:describe|it|test|suite|bench)(?:\.\w+)*\.only\b|\b[fx](?:it|describe)\s*\(/g;
/** A skipped test says why in a comment on its line or the line above. */
const SKIPPED = /\b(?:describe|it|test|suite|bench)(?:\.\w+)*\.(?:skip|todo|fails)\b(?!If)/g;
const MACHINE_PATH = new RegExp(
  `(?<![\\w.$}:~/-])/(${['work', 'root', 'home', 'Users', 'tmp'].join('|')})(?=/|['"\`\\s)]|$)`,
  'gm',
);
const HOSTS = [
  word('registry.', 'npmjs'),
  word('registry.', 'yarnpkg'),
  word('files.', 'pythonhosted'),
  word('repo1.', 'maven'),
  word('repo.', 'maven.apache'),
  word('pypi.', 'org'),
  word('proxy.', 'golang'),
  word('npm.', 'pkg.github'),
  word('art', 'ifactory'),
  word('nex', 'us/repository'),
];
const HOST = new RegExp(HOSTS.map((host) => host.replaceAll('.', '\\.')).join('|'), 'gi');

const findAll = (file: string, text: string, pattern: RegExp, why: string): string[] =>
  [...text.matchAll(pattern)].map((match) => `${file}:${lineOf(text, match.index)}: ${match[0]}: ${why}`);

const skippedWithoutReason = (file: string, text: string): string[] => {
  const code = without(text, ['comment', 'string']);
  const lines = text.split('\n');
  return [...code.matchAll(SKIPPED)].flatMap((match) => {
    const line = lineOf(code, match.index);
    const hasReason = [lines[line - 1], lines[line - 2]].some((near) => near?.includes('//'));
    return hasReason ? [] : [`${file}:${line}: ${match[0]}: say why in a comment, or take it out`];
  });
};

/** Notes to oneself, focused tests, and tests skipped without a reason. */
export const leftovers = (tree: Tree): string[] =>
  [...tree]
    .filter(([file]) => isSource(file))
    .flatMap(([file, text]) => [
      ...findAll(file, text, NOTES, 'do it, or write it down where work is planned'),
      ...findAll(file, without(text, ['comment', 'string']), FOCUSED, 'runs one test and hides the others'),
      ...skippedWithoutReason(file, text),
    ]);

/** Its paths are those of the image. */
const IN_A_CONTAINER = 'infra/parts/docker.ts';

/** Where one machine or one package registry is written into the project. The lock of npm names no hosts either. */
export const machineTraces = (tree: Tree): string[] =>
  [...tree].flatMap(([file, text]) => [
    ...(file === IN_A_CONTAINER ? [] : findAll(file, text, MACHINE_PATH, 'a path of one machine')),
    ...findAll(file, text, HOST, "a package registry's host; use the one that the user has configured"),
  ]);
