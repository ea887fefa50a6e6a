import { open } from 'node:fs/promises';
import path from 'node:path';
import type { CodeReference, DependenciesReference, PromptReference } from '../../schemas/content-reference.ts';
import { MAX_PROMPT_CHARACTERS } from '../../schemas/version-content.ts';
import { fileDigest, folderDigest } from './folder-digest.ts';
import { git, insidePath } from './inside.ts';

const SHOWN_CHANGES = 5;
/** A character has four bytes at most, and so has a line end that becomes one. */
const MAX_PROMPT_BYTES = 4 * MAX_PROMPT_CHARACTERS;

/** The commit that is checked out, or the last one that changed a path. What is changed and in no commit has no name: that is refused. */
const commitOf = async (folder: string, which: true | string): Promise<string> => {
  const root = await git(folder, 'rev-parse', '--show-toplevel').catch((error: Error) => {
    throw new Error(`${error.message}; { folder: … } makes a digest of any folder`, { cause: error });
  });
  const at = which === true ? root : await insidePath(folder, which);
  const changes = await git(root, 'status', '--porcelain', '--untracked-files=no', '--', at);
  if (changes !== '') {
    const shown = changes.split('\n').slice(0, SHOWN_CHANGES).join(', ');
    throw new Error(`what is there is not what was committed (${shown}); commit it first, or say { folder: … }`);
  }
  if (which === true) return git(root, 'rev-parse', 'HEAD');
  if ((await git(root, 'rev-parse', '--is-shallow-repository')) === 'true')
    throw new Error(
      'the clone is shallow, so the last commit of a path is not known; fetch all of it, or say { git: true }',
    );
  const commit = await git(root, 'log', '-1', '--format=%H', '--', at);
  if (commit === '') throw new Error('no commit has anything there');
  return commit;
};

/** What a reference to code stands for: which kind it is, and a name that never means another code. */
export const codeOf = async (folder: string, reference: CodeReference): Promise<string> => {
  if ('image' in reference) return `image:${reference.image}`;
  if ('git' in reference) return `git:${await commitOf(folder, reference.git)}`;
  const at = await insidePath(folder, reference.folder);
  return `folder:sha256:${await folderDigest(at, reference.ignore)}`;
};

/** A prompt's text. Its line ends are LF, whatever a checkout made of them. */
export const promptOf = async (folder: string, { file }: PromptReference): Promise<string> => {
  const handle = await open(await insidePath(folder, file));
  try {
    const { size } = await handle.stat();
    if (size > MAX_PROMPT_BYTES)
      throw new Error(`it has ${size} bytes, and no prompt has more than ${MAX_PROMPT_BYTES}`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile()).replaceAll('\r\n', '\n');
  } finally {
    await handle.close();
  }
};

export const dependenciesOf = async (
  folder: string,
  { lockfile }: DependenciesReference,
): Promise<Record<string, string>> => ({
  [path.posix.basename(lockfile.replaceAll('\\', '/'))]:
    `sha256:${await fileDigest(await insidePath(folder, lockfile))}`,
});
