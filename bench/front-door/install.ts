import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Brings the peers onto this machine, once, each into a folder of its own under the bench's; nothing is installed system-wide. */

const PATIENCE_MS = 600_000;
const LITELLM = 'litellm[proxy]==1.106.2';
const PORTKEY = '1.15.2';
/** With newer ones Portkey's streams fail. */
const PORTKEY_SERVER = '1.13.8';
const BIFROST = 'github.com/maximhq/bifrost/transports/bifrost-http@latest';

/** Why a peer can't be had here; its message is one line. */
export class NotInstallable extends Error {}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim().slice(0, 200) ?? '';

/** Runs a program to its end; gives what it printed. Throws NotInstallable with its last line. */
const run = (
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    impatience.unref();
    let printed = '';
    let errors = '';
    child.stdout.on('data', (bytes: Buffer) => (printed += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
    child.on('error', () => reject(new NotInstallable(`${command} is not on this machine`)));
    child.on('close', (code) => {
      if (code === 0) resolve(printed);
      else reject(new NotInstallable(`${command} ${args[0] ?? ''} failed: ${lastLine(errors || printed)}`));
    });
  });

/** A folder that is there only once it is whole; made by `fill` in the place of another name. */
const wholeFolder = async (folder: string, fill: (part: string) => Promise<void>): Promise<string> => {
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  process.stderr.write(`fetching ${path.basename(folder)} (once) …\n`);
  try {
    await fill(part);
    renameSync(part, folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return folder;
};

/** The machine's nginx, or Debian's, unpacked. */
export const findNginx = async (home: string): Promise<string> => {
  const version = await run('nginx', ['-v']).catch(() => null);
  if (version !== null) return 'nginx';
  const folder = await wholeFolder(path.join(home, 'nginx'), async (part) => {
    // An empty machine has no lists of packages yet; without the right to fetch them, those it has must do.
    await run('apt-get', ['update', '-q']).catch(() => {});
    for (const name of ['nginx', 'nginx-light']) {
      await run('apt-get', ['download', '-q', name], { cwd: part }).catch((error: unknown) => {
        if (name === 'nginx') throw error;
      });
    }
    for (const file of readdirSync(part).filter((name) => name.endsWith('.deb')))
      await run('dpkg', ['-x', path.join(part, file), part]);
  });
  const program = path.join(folder, 'usr', 'sbin', 'nginx');
  await run(program, ['-v']);
  return program;
};

/** LiteLLM's proxy in a Python environment of its own. A venv can't be moved, so a stamp tells that it is whole. */
export const findLiteLlm = async (home: string): Promise<string> => {
  const folder = path.join(home, 'litellm');
  const stamp = path.join(folder, 'whole');
  if (!existsSync(stamp)) {
    process.stderr.write('fetching LiteLLM (once) …\n');
    rmSync(folder, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', folder]);
    await run(path.join(folder, 'bin', 'pip'), ['install', '--quiet', '--only-binary', ':all:', LITELLM]);
    writeFileSync(stamp, '');
  }
  return path.join(folder, 'bin', 'litellm');
};

/** Portkey's gateway from npm. */
export const findPortkey = async (home: string): Promise<string> => {
  const folder = await wholeFolder(path.join(home, 'portkey'), async (part) => {
    const dependencies = { '@portkey-ai/gateway': PORTKEY };
    const overrides = { '@hono/node-server': PORTKEY_SERVER };
    writeFileSync(path.join(part, 'package.json'), JSON.stringify({ private: true, dependencies, overrides }));
    await run('npm', ['install', '--prefix', part, '--no-audit', '--no-fund', '--ignore-scripts']);
  });
  return path.join(folder, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
};

/** Bifrost, built from source. */
export const findBifrost = async (home: string): Promise<string> => {
  const folder = await wholeFolder(path.join(home, 'bifrost'), async (part) => {
    await run('go', ['install', BIFROST], { env: { GOBIN: part } });
  });
  return path.join(folder, 'bifrost-http');
};
