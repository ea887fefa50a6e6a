import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../platform/process/clock.ts';

/** A Python with packages in it (by itself all client libraries), made on first use; it needs python3 with `venv`, and pip's package index. */

const run = promisify(execFile);
/** What is installed into an environment, and what that is called. */
type Environment = { name: string; requirements: string };
const CLIENTS: Environment = {
  name: 'clients',
  requirements: path.join(import.meta.dirname, 'python/requirements.txt'),
};
const CACHE = path.resolve(import.meta.dirname, '../../.coalmine/cache');
const INSTALL_MS = 420_000;
const QUIET = ['--quiet', '--disable-pip-version-check', '--no-input', '--retries', '1'];
/** Wheels only: what is not built yet would run code of its own to be installed. */
const PIP = ['-m', 'pip', 'install', ...QUIET, '--only-binary', ':all:'];

export type FoundPython = { python: string } | { missing: string };

const lastLine = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trim().split('\n').at(-1) ?? '';
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Whether this process may make the environment. The lock of a process that is gone counts for nothing. */
const isLocked = (lock: string): boolean => {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    // A holder of 0 is a lock just made and not yet written, or just gone.
    if (holder > 0 && !isAlive(holder)) rmSync(lock, { force: true });
    return false;
  }
};

const make = async (folder: string, requirements: string): Promise<string | null> => {
  rmSync(folder, { recursive: true, force: true });
  try {
    await run('python3', ['-m', 'venv', folder]);
  } catch (error) {
    return `python3 -m venv does not work here: ${lastLine(error)}`;
  }
  try {
    await run(path.join(folder, 'bin/python'), [...PIP, '-r', requirements], { timeout: INSTALL_MS });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const wanted = readFileSync(requirements, 'utf8').trim().split('\n').join(', ');
    return `pip could not install ${wanted}: ${lastLine(error)}`;
  }
  writeFileSync(path.join(folder, 'ready'), '');
  return null;
};

/**
 * The path of its interpreter, or why there is none. The folder's name has the hash of what is in it. Test files run side by
 * side: one makes it, the others wait.
 */
export const findPython = async ({ name, requirements } = CLIENTS): Promise<FoundPython> => {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = path.join(CACHE, `${name}-python-${digest}`);
  const ready = { python: path.join(folder, 'bin/python') };
  const isReady = (): boolean => existsSync(path.join(folder, 'ready'));
  if (isReady()) return ready;
  mkdirSync(CACHE, { recursive: true });
  const lock = `${folder}.lock`;
  while (!isLocked(lock)) {
    await systemClock.sleep(100);
    if (isReady()) return ready;
  }
  try {
    const missing = isReady() ? null : await make(folder, requirements);
    return missing === null ? ready : { missing };
  } finally {
    rmSync(lock, { force: true });
  }
};
