import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isLoopbackHost } from '../../schemas/loopback-host.ts';

/** The controller that `npm start` has up, the file with the key of its admin, and the variables by which its Kafka, registry and Redis are found. */
const LocalController = z.object({
  url: z.string(),
  keyFile: z.string(),
  parts: z.record(z.string(), z.string()).default({}),
});
export type LocalController = z.infer<typeof LocalController>;

/** Beside the data of `npm start`, wherever in the clone a command is run. */
export const LOCAL_FILE = path.resolve(import.meta.dirname, '../../.coalmine/controller.json');

/** Null where none is up, or what stands in the file is not of this version. */
export const readLocal = (file = LOCAL_FILE): LocalController | null => {
  try {
    return LocalController.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
};

export const writeLocal = (local: LocalController, file = LOCAL_FILE): void =>
  writeFileSync(file, `${JSON.stringify(local)}\n`, { mode: 0o600 });

/** Only if it still is the one: another start may have come since. */
export const removeLocal = ({ url }: Pick<LocalController, 'url'>, file = LOCAL_FILE): void => {
  if (readLocal(file)?.url === url) rmSync(file, { force: true });
};

/** Whether both are one port of this machine. The key of the local admin goes nowhere else. */
export const isSamePort = (one: string, other: string): boolean => {
  const [a, b] = [URL.parse(one), URL.parse(other)];
  if (a === null || b === null || a.protocol !== b.protocol) return false;
  return isLoopbackHost(a.host) && isLoopbackHost(b.host) && a.port === b.port;
};
