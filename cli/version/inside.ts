import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 8 * 1_024 * 1_024;

/** What git says in a folder; rejects with its words. It asks no program that a repository's settings name. */
export const git = async (folder: string, ...args: readonly string[]): Promise<string> => {
  try {
    const all = ['-C', folder, '-c', 'core.fsmonitor=false', ...args];
    return (await run('git', all, { maxBuffer: MAX_OUTPUT_BYTES })).stdout.trim();
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(said === '' ? `git could not be asked: ${String(error)}` : said, { cause: error });
  }
};

/** The root of the repository that a folder is in; null where it is in none, or there is no git. */
const repositoryOf = (folder: string): Promise<string | null> =>
  git(folder, 'rev-parse', '--show-toplevel').catch(() => null);

const isWithin = (root: string, file: string): boolean => {
  const relative = path.relative(root, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
};

/** The repository that a document is in; without one the folder where the program runs, if the document is in that, else its own. */
const rootOf = async (folder: string): Promise<string> => {
  const repository = await repositoryOf(folder);
  if (repository !== null) return realpath(repository);
  const [here, own] = await Promise.all([process.cwd(), folder].map((one) => realpath(one)));
  return here !== undefined && own !== undefined && isWithin(here, own) ? here : (own ?? folder);
};

/**
 * The real path of what a document in `folder` names. A document is not all that a pull request may change, and what it names is sent to
 * the controller: so nothing outside its root is read, by whatever links.
 */
export const insidePath = async (folder: string, named: string): Promise<string> => {
  const root = await rootOf(folder);
  const found = await realpath(path.resolve(folder, named));
  if (!isWithin(root, found)) throw new Error(`it is outside ${root}, and no document may name what is`);
  return found;
};
