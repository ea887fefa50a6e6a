import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from '../../infra/parts/config.ts';
import { PartsError } from '../../infra/parts/parts-error.ts';
import { birthOf } from '../../infra/parts/process-birth.ts';
import { livingPid } from '../../infra/parts/run-folder.ts';
import { Duration } from '../../schemas/duration.ts';

/** A story goes on by seconds; what is real, by minutes. */
export const STORY_WINDOW_MS = 1_000;
const FORGET = '`npm start -- --fresh` forgets them';
/** What lies in the folder; anything else there is not ours to remove. */
const OURS = ['kafka', 'registry', 'redis', 'ingress', 'controller', 'window'];

/** Where data lie that the next start finds again, how wide their windows are, and whether there were any before. */
export type KeptData = { folder: string; windowMs: number; isNew: boolean; close(): void };

/**
 * The folder whose data outlive this start, or null: `COALMINE_DATA` if it is set, else `data` under `home`. A run that
 * ends by itself leaves nothing behind unless it was told where. Of parts that are the user's own, in
 * containers, or secured, we keep nothing.
 */
export const keptFolder = (home: string, { once, env }: { once: boolean; env: NodeJS.ProcessEnv }): string | null => {
  const { mode, given, dataFolder, isSecure } = readConfig(env);
  if (mode === 'docker' || isSecure || Object.keys(given).length > 0) return null;
  return dataFolder ?? (once ? null : path.join(home, 'data'));
};

const takeFolder = async (folder: string): Promise<void> => {
  const owner = path.join(folder, 'owner');
  const pid = existsSync(owner) ? await livingPid(readFileSync(owner, 'utf8')) : undefined;
  if (pid !== undefined && pid !== process.pid)
    throw new PartsError(
      `the data in ${folder} are in use by process ${pid}: end it, or set COALMINE_DATA to another folder`,
    );
  writeFileSync(owner, `${process.pid}-${await birthOf(process.pid)}`);
};

/** The log's windows are of one width: read anew in another, a rollout's past would count twice. */
const settleWidth = (folder: string, wantedMs: number | null): number => {
  const file = path.join(folder, 'window');
  const keptMs = existsSync(file) ? Number(readFileSync(file, 'utf8')) : null;
  if (keptMs !== null && wantedMs !== null && keptMs !== wantedMs)
    throw new PartsError(
      `the data in ${folder} have windows of ${Duration.encode(keptMs)}, not ${Duration.encode(wantedMs)}: ${FORGET}`,
    );
  const windowMs = keptMs ?? wantedMs ?? STORY_WINDOW_MS;
  writeFileSync(file, String(windowMs));
  return windowMs;
};

/**
 * Takes the folder for this process and, if `fresh`, empties it of what starts have put there. `windowMs` is null where
 * any width will do. Throws a PartsError if another start has it, or if its windows are of another width.
 */
export const openKeptData = async (
  folder: string,
  { fresh, windowMs }: { fresh: boolean; windowMs: number | null },
): Promise<KeptData> => {
  mkdirSync(folder, { recursive: true });
  await takeFolder(folder);
  if (fresh) for (const name of OURS) rmSync(path.join(folder, name), { recursive: true, force: true });
  const isNew = !existsSync(path.join(folder, 'kafka'));
  if (isNew) rmSync(path.join(folder, 'window'), { force: true });
  const close = (): void => rmSync(path.join(folder, 'owner'), { force: true });
  try {
    return { folder, windowMs: settleWidth(folder, windowMs), isNew, close };
  } catch (error) {
    close();
    throw error;
  }
};

/** What was thrown while the kept data were started, with the way out if it is they that can't be read any more. */
export const blamingData = (error: unknown, { folder, isNew }: KeptData): unknown =>
  isNew || !(error instanceof Error)
    ? error
    : new PartsError(`${error.message} (started on the data kept in ${folder}; ${FORGET})`, { cause: error });
