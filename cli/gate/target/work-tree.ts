import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 30_000;
/** What we write ourselves is no part of an agent. */
const OURS = ':(top).coalmine';

/**
 * What a folder's git work tree holds now, changes that are not committed included, as git names a tree; null where there is none, or
 * git can't say. Nothing is written into the repository: index and objects are put aside.
 */
export const workTreeId = async (folder: string): Promise<string | null> => {
  const aside = await mkdtemp(path.join(tmpdir(), 'coalmine-tree-'));
  const git = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> =>
    (await run('git', ['-C', folder, ...args], { env: { ...process.env, ...env }, timeout: TIMEOUT_MS })).stdout.trim();
  try {
    const ownPath = async (name: string) => path.resolve(folder, await git(['rev-parse', '--git-path', name]));
    const index = path.join(aside, 'index');
    // With what the index knows of the files' times, only those that changed are read.
    await copyFile(await ownPath('index'), index).catch(() => {});
    const env = {
      GIT_INDEX_FILE: index,
      GIT_OBJECT_DIRECTORY: aside,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: await ownPath('objects'),
    };
    await git(['add', '--all', '--', ':/'], env);
    await git(['rm', '-r', '-q', '--cached', '--ignore-unmatch', '--', OURS], env);
    return await git(['write-tree'], env);
  } catch {
    return null;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
};
