import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

/** A Python with the official SDK in it, made on first use; it needs python3 with `venv`, and pip's package index. */

const run = promisify(execFile);
const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt');
const CACHE = path.resolve(import.meta.dirname, '../../.coalmine/cache');
const INSTALL_MS = 120_000;
const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--retries', '1'];

const firstLine = (error: unknown): string => {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr || message).trim().split('\n').at(-1) ?? '';
};

/** The path of its interpreter, or why there is none. The folder's name has the hash of what is in it. */
export const findPython = async (): Promise<{ python: string } | { missing: string }> => {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = path.join(CACHE, `openai-python-${digest}`);
  const python = path.join(folder, 'bin', 'python');
  if (existsSync(path.join(folder, 'ready'))) return { python };
  mkdirSync(CACHE, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  try {
    await run('python3', ['-m', 'venv', folder]);
  } catch (error) {
    return { missing: `python3 -m venv does not work here: ${firstLine(error)}` };
  }
  try {
    await run(python, [...PIP, '-r', REQUIREMENTS], { timeout: INSTALL_MS });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    return { missing: `pip could not install ${readFileSync(REQUIREMENTS, 'utf8').trim()}: ${firstLine(error)}` };
  }
  mkdirSync(path.join(folder, 'making'));
  renameSync(path.join(folder, 'making'), path.join(folder, 'ready'));
  return { python };
};
