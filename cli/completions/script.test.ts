import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { completionScript, type Words } from './script.ts';

const leaf = (name: string, more: Partial<Words> = {}): Words => ({
  name,
  about: "it's [one]: of them",
  options: [],
  choices: [],
  commands: [],
  ...more,
});
const PROGRAM: Words = leaf('mine', {
  commands: [
    leaf('list', {
      choices: ['rollouts', 'agents'],
      options: [{ names: ['-s', '--state'], about: 'which', takesValue: true, choices: ['paused', 'promoted'] }],
    }),
    leaf('keys', { commands: [leaf('create'), leaf('list')] }),
  ],
});

/** What bash offers for the last of the words. */
const offered = (...words: string[]): string[] => {
  const script = `${completionScript('bash', PROGRAM)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mine; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', 'mine', ...words], { encoding: 'utf8', cwd: '/' })
    .trim()
    .split('\n');
};

it('completes verbs, their own verbs, options and values in bash', () => {
  expect(offered('')).toEqual(['list', 'keys']);
  expect(offered('keys', 'c')).toEqual(['create']);
  expect(offered('list', 'a')).toEqual(['agents']);
  expect(offered('list', '--st')).toEqual(['--state']);
  expect(offered('list', '--state', 'p')).toEqual(['paused', 'promoted']);
});

it('quotes what helps say, in every shell', () => {
  expect(completionScript('zsh', PROGRAM)).toContain(String.raw`it'\''s \[one\]\: of them`);
  expect(completionScript('fish', PROGRAM)).toContain(String.raw`-d 'it'\''s [one]: of them'`);
});
