import path from 'node:path';
import { lineOf } from './scan.ts';
import type { Tree } from './tree.ts';

const LINK = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|(?:src|srcset|href)="([^"]+)"/g;
const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');
/** Code is no prose: what looks like a link in it is none. */
const prose = (text: string): string =>
  text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, blank).replaceAll(/`[^`\n]*`/g, blank);

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

const anchorsIn = (text: string): Set<string> =>
  new Set(
    [...text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6}\s+(.+)$/gm)].map((m) => anchorOf(m[1]!)),
  );

const hasFolder = (tree: Tree, folder: string): boolean =>
  [...tree.keys()].some((file) => file.startsWith(folder.endsWith('/') ? folder : `${folder}/`));

const broken = (tree: Tree, file: string, target: string): string | null => {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return null;
  const [where = '', anchor] = decodeURI(target).split('#');
  const linked = where === '' ? file : path.posix.join(path.posix.dirname(file), where);
  if (!tree.has(linked) && !hasFolder(tree, linked)) return `there is no ${linked}`;
  const text = tree.get(linked);
  if (anchor && text !== undefined && linked.endsWith('.md') && !anchorsIn(text).has(anchor))
    return `${linked} has no heading #${anchor}`;
  return null;
};

/** Links in Markdown that lead nowhere inside the project. */
export const brokenLinks = (tree: Tree): string[] =>
  [...tree]
    .filter(([file]) => file.endsWith('.md'))
    .flatMap(([file, text]) => {
      const words = prose(text);
      return [...words.matchAll(LINK)].flatMap((match) => {
        const wrong = broken(tree, file, match[1] ?? match[2] ?? '');
        return wrong === null ? [] : [`${file}:${lineOf(words, match.index)}: ${wrong}`];
      });
    });
