import { readFileSync } from 'node:fs';
import { type ControllerClient, createControllerClient } from './client.ts';
import { isSamePort, readLocal } from './local-controller.ts';

const DEFAULT_URL = 'http://127.0.0.1:8090';

/** Where the commands look for a controller unless told otherwise. */
export const controllerUrl = (): string => process.env['CONTROLLER_URL'] || (readLocal()?.url ?? DEFAULT_URL);

/** What `--url` is for, in the help of each command that has it. */
export const URL_PROSE =
  'of a controller; also CONTROLLER_URL. Its key: CONTROLLER_KEY, or CONTROLLER_KEY_FILE; that of `npm start` is found by itself';

const keyIn = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(
      `the key can't be read from ${file} (CONTROLLER_KEY_FILE): ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
};

/** The key to ask this controller with; null if there is none. A key is never given on a command line, which others can see. */
export const keyFor = (url: string): string | null => {
  const { CONTROLLER_KEY: key, CONTROLLER_KEY_FILE: file } = process.env;
  if (key) return key;
  if (file) return keyIn(file);
  const local = readLocal();
  return local !== null && isSamePort(url, local.url) ? keyIn(local.keyFile) : null;
};

/** The controller there, asked with the key that is meant for it. */
export const controllerAt = (url: string): ControllerClient => createControllerClient(url, keyFor(url));
