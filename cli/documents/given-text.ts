import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { messageOf } from '../../schemas/error-message.ts';

export const STDIN = '-';

/** The text of a file that a command line names; `-` is standard input. */
export const givenText = async (file: string): Promise<string> => {
  if (file === STDIN) return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`${file} can't be read: ${messageOf(error)}`, { cause: error });
  }
};
