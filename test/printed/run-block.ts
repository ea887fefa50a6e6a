import { spawn } from 'node:child_process';
import path from 'node:path';
import { until } from '../../cli/until.ts';

/** How a shell took a block: until its last line ended, or, of one that ends in a service, until that was up. */
export type Ran = { code: number | null; said: string };

const LIMIT_MS = 60_000;
/** Starts what npx finds in a clone. */
const WITHOUT_NPX =
  'npx() { if [ "$1" = coalmine ]; then shift; node infra/coalmine.mjs "$@"; else command npx "$@"; fi; }';
/** `npx` itself for the block's first command. */
const NPX_ONCE = `npx() { ${WITHOUT_NPX}; command npx "$@"; }`;

/** A clone's user has no node_modules/.bin on the path. */
const outsidePath = (): string =>
  (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => !folder.includes(path.join('node_modules', '.bin')))
    .join(path.delimiter);

/**
 * Runs a block in a shell that stops at the first command that fails. `whileUp` is what must be so before what it left in the
 * background is ended; of a block that ends in a service (`isServed`), before the service is.
 */
export const runBlock = async (options: {
  text: string;
  cwd: string;
  env: Record<string, string>;
  hasNpx: boolean;
  isServed: boolean;
  whileUp: () => Promise<void>;
}): Promise<Ran> => {
  const { text, cwd, env, hasNpx, isServed, whileUp } = options;
  const child = spawn('bash', ['-euo', 'pipefail', '-c', `${hasNpx ? NPX_ONCE : WITHOUT_NPX}\n${text}`], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      HOME: path.join(cwd, 'home'),
      PATH: outsidePath(),
      TERM: 'dumb',
      LOG_LEVEL: 'error',
      npm_config_update_notifier: 'false',
      ...env,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  let code: number | null | undefined;
  child.once('exit', (ended) => (code = ended));
  try {
    if (!isServed) await until(`the end of: ${text}\n${said}`, () => (code === undefined ? undefined : true), LIMIT_MS);
    if (isServed || code === 0)
      await whileUp().catch((error: unknown) => {
        throw new Error(`${String(error)}; it said: ${said}`, { cause: error });
      });
    return { code: isServed ? (code ?? 0) : (code ?? null), said };
  } finally {
    try {
      process.kill(-child.pid!, 'SIGTERM');
    } catch {
      // Everything of it has ended.
    }
  }
};
