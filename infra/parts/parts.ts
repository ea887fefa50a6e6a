import path from 'node:path';
import type { Principal } from '../../schemas/topic-access.ts';
import { applyAcls } from '../apply-acls.ts';
import { type PartsConfig, type PartsEnv, readConfig } from './config.ts';
import { requireGiven } from './given.ts';
import { placeLocally } from './local.ts';
import type { Part, PartSignal, SecuredParts } from './part.ts';
import { PartsError, toPartsError } from './parts-error.ts';

export type PartName = 'kafka' | 'kafka-2' | 'kafka-3' | 'registry' | 'redis';

export type Parts = {
  env: PartsEnv;
  /** What a process is told that speaks to the parts as one of their users: where they are and, of secured ones, the rest. */
  envOf: (principal: Principal) => Record<string, string>;
  /** Of secured parts what tests need to break them; null of others. */
  secured: SecuredParts | null;
  /** This start's own folder, for logs and for other things that need not outlive it; the next start removes it. */
  runFolder: string;
  /** Takes a part away, or freezes it with SIGSTOP; settles once it is gone. */
  kill: (name: PartName, signal: PartSignal) => Promise<void>;
  /** Brings a part back on the same port and data; settles when it answers. */
  start: (name: PartName) => Promise<void>;
  /** Ends everything that was started here and removes its data unless that is kept. May be called twice. */
  stop: () => Promise<void>;
};

export type PartsOptions = {
  /** The folder for the cache of programs (shared by all starts) and for what runs: `.coalmine`. */
  home: string;
  /** Lines for the user: downloads, readiness, a part that ended by itself. */
  onProgress: (line: string) => void;
  /** `fixed` are the documented ports; `free` ones are for tests, which then run beside anything. */
  ports: 'fixed' | 'free';
  /** Three brokers, for faults that one cannot show. */
  brokers?: 1 | 3;
  /** process.env unless told. */
  env?: NodeJS.ProcessEnv;
};

/**
 * Kafka, schema registry and Redis, real ones, ready to use: registered schemas must be BACKWARD_TRANSITIVE, topics are
 * not created by themselves. A part whose variable is set (KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL) is checked
 * and used as it is. The others run as child processes from a cache that is filled at the first start, or as containers
 * with COALMINE_PARTS=docker. Data is fresh at each start unless COALMINE_DATA names a folder to keep it in (not in
 * docker).
 *
 * The children do not hear Ctrl-C: whoever calls this stops them, after everything that uses them. They are killed when
 * this process exits, and on Linux also when it is killed (so call this from a thread that lives as long as they do).
 *
 * Throws a PartsError, its message one line that says what to do.
 */
export async function startParts(options: PartsOptions): Promise<Parts> {
  const { onProgress, env = process.env, brokers = 1 } = options;
  const home = path.resolve(options.home);
  try {
    return await startAll({ ...options, home, onProgress, env, brokers });
  } catch (error) {
    throw toPartsError(error, 'the parts could not be started', home);
  }
}

/** Secured parts are all ours, and new: their users are made at each start. */
function requireSecurable({ isSecure, mode, given, dataFolder }: PartsConfig, brokers: number): void {
  if (!isSecure) return;
  if (mode === 'docker') throw new PartsError('COALMINE_SECURE and COALMINE_PARTS=docker do not go together');
  if (Object.keys(given).length > 0)
    throw new PartsError(`COALMINE_SECURE starts parts of its own: unset ${Object.keys(given).join(', ')}`);
  if (dataFolder !== undefined) throw new PartsError('COALMINE_SECURE keeps no data: unset COALMINE_DATA');
  if (brokers !== 1) throw new PartsError('COALMINE_SECURE has one broker');
}

async function startAll(options: Required<PartsOptions>): Promise<Parts> {
  const startedAtMs = Date.now();
  const config = readConfig(options.env);
  const { given } = config;
  await requireGiven(given, options.env);
  requireSecurable(config, options.brokers);
  const wanted = { kafka: !given.KAFKA_BROKERS, registry: !given.SCHEMA_REGISTRY_URL, redis: !given.REDIS_URL };
  const place = config.mode === 'docker' ? (await import('./docker.ts')).placeInDocker : placeLocally;
  const placed = await place(config, wanted, options);

  const stop = async (): Promise<void> => {
    await Promise.all([...placed.parts.values()].map(async (part) => await part.stop()));
    placed.clean();
  };
  const startOne = async ([name, part]: [string, Part]): Promise<void> => {
    await part.start();
    options.onProgress(`${name} ready after ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`);
  };
  const { secured } = placed;
  try {
    await Promise.all([...placed.parts].map(startOne));
    if (secured) await applyAcls({ brokers: [secured.adminBroker] }, (name) => `User:${name}`);
  } catch (error) {
    await stop();
    throw error;
  }

  const find = (name: PartName): Part => {
    const part = placed.parts.get(name);
    if (part === undefined) throw new PartsError(`${name} was not started here: its variable is set, so it is yours`);
    return part;
  };
  const addresses = { ...placed.env, ...given };
  return {
    env: addresses,
    envOf: (principal) => ({ ...addresses, ...secured?.world.envOf(principal) }),
    secured,
    runFolder: placed.runFolder,
    kill: async (name, signal) => await find(name).kill(signal),
    start: async (name) => await find(name).start(),
    stop,
  };
}
