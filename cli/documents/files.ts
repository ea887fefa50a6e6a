import type { Command } from 'commander';
import { documentText } from '../version/document-file.ts';

export type FileText = { file: string; text: string };

/** Each with what its Agent documents say by reference (the text of a prompt, a digest of the code) in its place. */
export const readFiles = (files: readonly string[]): Promise<FileText[]> =>
  Promise.all(files.map(async (file) => ({ file, text: await documentText(file) })));

const collect = (file: string, before: readonly string[]): string[] => [...before, file];

/** Documents are given by `-f`, which may be said again, or just named. */
export const withFiles = (command: Command): Command =>
  command
    .argument('[files...]', 'the same as -f', [])
    .option(
      '-f, --file <file>',
      'YAML or JSON; documents in one file are apart by ---; - is standard input',
      collect,
      [],
    );

/** All files of a command line; ends with 2 where there are none. */
export const filesOf = (named: readonly string[], { file }: { file: readonly string[] }, command: Command): string[] =>
  named.length + file.length === 0 ? command.error('error: name a file: -f rollout.yaml') : [...file, ...named];
