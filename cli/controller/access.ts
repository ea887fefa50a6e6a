import { readFileSync } from 'node:fs';
import { type ControllerClient, createControllerClient } from './client.ts';
import { currentPlace, type Place, readContexts } from './context.ts';
import { isSamePort, readLocal } from './local-controller.ts';
import { messageOf } from '../../schemas/error-message.ts';

const DEFAULT_URL = 'http://127.0.0.1:8090';

const context = (): Place | null => currentPlace(readContexts());

/** Where the commands look for a controller unless told otherwise. */
export const controllerUrl = (): string =>
  process.env['CONTROLLER_URL'] || (context()?.url ?? readLocal()?.url ?? DEFAULT_URL);

/** Whether somebody said where a controller is: the environment, a context, or `npm start` on this machine. */
export const isControllerKnown = (): boolean =>
  Boolean(process.env['CONTROLLER_URL']) || context() !== null || readLocal() !== null;

/** What `--url` is for, in the help of each command that has it. */
export const URL_PROSE =
  'of a controller; also CONTROLLER_URL, or a context. Its key: CONTROLLER_KEY, or CONTROLLER_KEY_FILE; those of a context and of `npm start` are found by themselves';

const keyIn = (file: string, whose: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`the key can't be read from ${file} (${whose}): ${messageOf(error)}`, { cause: error });
  }
};

/** The same server by the same scheme. A context's key goes nowhere else. */
const isSameOrigin = (one: string, other: string): boolean => {
  const [a, b] = [URL.parse(one), URL.parse(other)];
  return a !== null && b !== null && a.origin === b.origin;
};

/** The key to ask this controller with; null if there is none. A key is never given on a command line, which others can see. */
export const keyFor = (url: string): string | null => {
  const { CONTROLLER_KEY: key, CONTROLLER_KEY_FILE: file } = process.env;
  if (key) return key;
  if (file) return keyIn(file, 'CONTROLLER_KEY_FILE');
  const place = context();
  if (place?.keyFile !== undefined && isSameOrigin(url, place.url)) return keyIn(place.keyFile, 'of the context');
  const local = readLocal();
  return local !== null && isSamePort(url, local.url) ? keyIn(local.keyFile, 'of `npm start`') : null;
};

/** The controller there, asked with the key that is meant for it. */
export const controllerAt = (url: string): ControllerClient => createControllerClient(url, keyFor(url));

const PARTS = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'REDIS_URL'] as const;

const partsOf = ({ kafkaBrokers, schemaRegistryUrl, redisUrl }: Place): Record<string, string> => ({
  ...(kafkaBrokers === undefined ? {} : { KAFKA_BROKERS: kafkaBrokers }),
  ...(schemaRegistryUrl === undefined ? {} : { SCHEMA_REGISTRY_URL: schemaRegistryUrl }),
  ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }),
});

/**
 * The environment with the Kafka, the registry and the Redis of the controller that is asked. If it names any of them itself,
 * it counts alone; else those of the context, or of `npm start`, if that is whose controller is asked: nothing is read from
 * one installation and held against another.
 */
export const partsEnv = (url: string = controllerUrl()): NodeJS.ProcessEnv => {
  if (PARTS.some((name) => process.env[name])) return process.env;
  const place = context();
  if (place !== null && isSameOrigin(url, place.url)) return { ...process.env, ...partsOf(place) };
  const local = readLocal();
  return local !== null && isSamePort(url, local.url) ? { ...process.env, ...local.parts } : process.env;
};
