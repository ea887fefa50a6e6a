import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { RoutingView } from '../schemas/routing-view.ts';
import type { Log } from './log.ts';

const SAVE_AFTER_MS = 100;

/** The views in the file; none when there is no file, or when it can't be read (said in the log). */
export const readRoutingFile = async (file: string, log: Log): Promise<RoutingView[]> => {
  try {
    return z.array(RoutingView).parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ err: error, file }, 'the routing file could not be read; starting without it');
    return [];
  }
};

export type RoutingFile = { changed(): void; flush(): Promise<void> };

/** Keeps the views on disk: soon after a change, and whole or not at all (written aside, then renamed). */
export const createRoutingFile = (file: string, views: ReadonlyMap<string, RoutingView>, log: Log): RoutingFile => {
  let timer: NodeJS.Timeout | undefined;
  let saving = Promise.resolve();
  const save = async (): Promise<void> => {
    const aside = `${file}.${process.pid}.tmp`;
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(aside, JSON.stringify([...views.values()]), { mode: 0o600 });
      await rename(aside, file);
    } catch (error) {
      log.warn(
        { err: error, file },
        'the routing file could not be written; a restart without Redis would miss this change',
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
