import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import type { Log } from '../process/log.ts';

const SAVE_AFTER_MS = 100;

/** What the file holds; undefined when there is no file, or when it can't be read (said in the log). */
export const readKeptFile = async <T>(
  file: string,
  schema: z.ZodType<T>,
  what: string,
  log: Log,
): Promise<T | undefined> => {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ err: error, file }, `the ${what} file could not be read; starting without it`);
    return undefined;
  }
};

export type KeptFile = { changed(): void; flush(): Promise<void> };

/** Keeps a value on disk, 0600: soon after a change, and whole or not at all (written aside, then renamed). */
export const createKeptFile = (file: string, value: () => unknown, what: string, log: Log): KeptFile => {
  let timer: NodeJS.Timeout | undefined;
  let saving = Promise.resolve();
  const save = async (): Promise<void> => {
    const aside = `${file}.${process.pid}.tmp`;
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(aside, JSON.stringify(value()), { mode: 0o600 });
      await rename(aside, file);
    } catch (error) {
      log.warn(
        { err: error, file },
        `the ${what} file could not be written; a restart without Redis would miss this change`,
      );
    }
  };
  const saveInTurn = (): void => {
    timer = undefined;
    saving = saving.then(save);
  };
  return {
    changed: () => {
      timer ??= setTimeout(saveInTurn, SAVE_AFTER_MS);
    },
    flush: async () => {
      if (timer) {
        clearTimeout(timer);
        saveInTurn();
      }
      await saving;
    },
  };
};
