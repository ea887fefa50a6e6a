import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Every file of the project by its path from the root, with `/` between folders. Pictures are there without their content, other binary files are left out. */
export type Tree = ReadonlyMap<string, string>;

const PICTURE = /\.png$/;
const TEXT = /(\.(ts|tsx|css|html|mjs|json|md|ya?ml|avsc|svg|toml|txt|lock)|(^|\/)(run|\.[a-z]+))$/;

/** What git tracks, and what it would track if all were added: so a new file is checked before its first commit. */
export const readTree = (root: string): Tree => {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const there = listed.split('\0').filter((file) => existsSync(path.join(root, file)));
  const texts = there.filter((file) => TEXT.test(file));
  return new Map([
    ...there.filter((file) => PICTURE.test(file)).map((file) => [file, ''] as const),
    ...texts.map((file) => [file, readFileSync(path.join(root, file), 'utf8')] as const),
  ]);
};

export const isSource = (file: string): boolean => /\.(tsx?|mjs)$/.test(file);

/** Test code: tests themselves, and what only they use. */
export const isTest = (file: string): boolean =>
  file.startsWith('test/') || /\.(test|fixture|harness|contract|setup)\.ts$/.test(file);

export const SERVICES: readonly string[] = ['ingress', 'mirror', 'judge', 'analyzer', 'controller'];

/** Every top-level folder, and what it is for. */
export const FOLDERS: Readonly<Record<string, string>> = {
  schemas: 'contracts of events and documents',
  openai: 'reading what OpenAI-like agents say',
  privacy: 'finding and redacting personal data',
  platform: 'what services stand on',
  ingress: 'service',
  mirror: 'service',
  judge: 'service',
  analyzer: 'service',
  controller: 'service',
  infra: 'deployment, the real parts',
  cli: 'commands',
  dashboard: 'the page',
  examples: 'agents, a judge, documents',
  bench: 'measurements',
  test: 'tests of the whole',
  docs: 'prose, and what writes its tables',
  '.ci': 'what CI runs',
};

export const topOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');
