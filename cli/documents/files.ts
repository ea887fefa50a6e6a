import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { messageOf } from '../output/message.ts';

const STDIN = '-';

export type FileText = { file: string; text: string };

const readOne = async (file: string): Promise<FileText> => {
  if (file === STDIN) return { file, text: await text(process.stdin) };
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    throw new Error(`${file} can't be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
};

export const readFiles = (files: readonly string[]): Promise<FileText[]> => Promise.all(files.map(readOne));

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
