import { existsSync } from 'node:fs';
import path from 'node:path';
import { PartsError } from './parts-error.ts';
import { runProgram } from './program.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const HOW =
  'no Chromium is here: install one (Debian, Ubuntu: apt-get install -y --no-install-recommends chromium), or name it with COALMINE_CHROMIUM';

const onPath = (names: readonly string[], env: NodeJS.ProcessEnv): string | undefined =>
  (env['PATH'] ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));

/** What went wrong; null if nothing did. */
const install = async (aptGet: string): Promise<string | null> => {
  const wanted = ['-y', '--no-install-recommends', 'install', 'chromium'];
  if ((await runProgram(aptGet, wanted)).code === 0) return null;
  await runProgram(aptGet, ['update']);
  const { code, stderr } = await runProgram(aptGet, wanted);
  return code === 0 ? null : stderr.trim();
};

/**
 * The browser that tests of the page look at it with: the one that is named, or that the machine has, or, on a Debian where this process
 * may, one that is installed now. Rejects with a PartsError that says how to get one.
 */
export const chromium = async (
  onProgress: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> => {
  const named = env['COALMINE_CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new PartsError(`COALMINE_CHROMIUM names ${named}, which is not there`);
  }
  const found = onPath(NAMES, env);
  if (found !== undefined) return found;
  const aptGet = process.getuid?.() === 0 ? onPath(['apt-get'], env) : undefined;
  if (aptGet === undefined) throw new PartsError(HOW);
  onProgress('installing Chromium (once, some 100 MB) …');
  const failure = await install(aptGet);
  if (failure !== null) throw new PartsError(`${HOW}; apt-get failed: ${failure}`);
  const installed = onPath(NAMES, env);
  if (installed === undefined) throw new PartsError(HOW);
  return installed;
};
