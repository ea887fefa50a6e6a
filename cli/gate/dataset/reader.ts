import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseJson } from '../../../openai/json-value.ts';
import { type Case, DatasetError } from './case.ts';
import { caseOf } from './row.ts';

/** One form that a golden dataset may have: all cases in their order. Throws a DatasetError that names the file and the line. */
export type DatasetReader = (path: string) => Case[];

export const wrongAt = (path: string, line: number, what: string): DatasetError =>
  new DatasetError(`${path}${line > 0 ? ` line ${line}` : ''}: ${what}`);

/** Throws where the file can't be had. A byte order mark, which spreadsheets write, is no part of it. */
export const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'is a folder, where a file is needed' : code;
    throw new DatasetError(`the dataset ${path} can't be read: ${why}`, { cause: error });
  }
};

/** The case of a row that stands on that line. */
export const caseAt = (path: string, line: number, row: unknown): Case => {
  const found = caseOf(row, line);
  if ('wrong' in found) throw wrongAt(path, line, found.wrong);
  return found;
};

/** What a whole JSON file holds. */
export const jsonFileOf = <T>(path: string, schema: z.ZodType<T>): T => {
  const parsed = schema.safeParse(parseJson(textOf(path)));
  if (!parsed.success) throw wrongAt(path, 0, `is not of the expected form: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};
