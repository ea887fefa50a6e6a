import path from 'node:path';
import { FOLDERS, isSource, SERVICES, topOf, type Tree } from './tree.ts';

const BANNED = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'types', 'index', 'shared', 'lib']);
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;
const MAX_LINES = 400;

const wrongName = (file: string): string | null => {
  const steps = file.split('/');
  const banned = steps.find((step) => BANNED.has(step.replace(/\..*$/, '').toLowerCase()));
  if (banned) return `${file}: \`${banned}\` says nothing; name it for the one thing in it`;
  const last = path.posix.basename(file);
  return isSource(file) && !KEBAB.test(last) ? `${file}: name it in kebab-case` : null;
};

export const wrongNames = (tree: Tree): string[] => [...tree.keys()].flatMap((file) => wrongName(file) ?? []);

/** Top-level folders that nobody decided on. */
export const strangeFolders = (tree: Tree): string[] =>
  [...new Set([...tree.keys()].map(topOf))]
    .filter((folder) => folder !== '' && !(folder in FOLDERS))
    .map((folder) => `${folder}/: not one of the project's folders (${Object.keys(FOLDERS).join(', ')})`);

export const longFiles = (tree: Tree): string[] =>
  [...tree]
    .filter(([file]) => isSource(file))
    .map(([file, text]) => ({ file, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ file, lines }) => `${file}: ${lines} lines; split what is over ${MAX_LINES}`);

const EVERY_SERVICE = ['main.ts', 'config.ts', 'service.ts', 'events.ts', 'README.md'];

/** Services that lack one of the things that every service has. */
export const incompleteServices = (tree: Tree): string[] =>
  SERVICES.flatMap((service) =>
    EVERY_SERVICE.filter(
      (thing) =>
        ![...tree.keys()].some(
          (file) => file === `${service}/${thing}` || (thing.endsWith('/') && file.startsWith(`${service}/${thing}`)),
        ),
    ).map((thing) => `${service}: every service has ${thing}`),
  );
