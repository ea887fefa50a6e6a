import path from 'node:path';
import { z } from 'zod';
import { option, readOptions } from '../../platform/process/options.ts';
import { PartsError } from './parts-error.ts';

const port = z.coerce.number().int().min(1).max(65_534);
const given = z.string().optional();
const withoutSlash = given.transform((url) => url?.replace(/\/$/, ''));

const OPTIONS = {
  KAFKA_BROKERS: option('KAFKA_BROKERS', given, 'host:port of Kafka brokers that are yours, comma-separated'),
  SCHEMA_REGISTRY_URL: option('SCHEMA_REGISTRY_URL', withoutSlash, 'URL of a schema registry that is yours'),
  REDIS_URL: option('REDIS_URL', given, 'URL of a Redis that is yours'),
  mode: option(
    'COALMINE_PARTS',
    z.enum(['local', 'docker']).default('local'),
    'local or docker: whether parts are child processes or containers',
  ),
  kafkaPort: option('COALMINE_KAFKA_PORT', port.default(19_092), 'a port for Kafka, which takes the next one too'),
  registryPort: option('COALMINE_REGISTRY_PORT', port.default(18_081), 'a port for the schema registry'),
  redisPort: option('COALMINE_REDIS_PORT', port.default(16_379), 'a port for Redis'),
  isSecure: option(
    'COALMINE_SECURE',
    z.stringbool().default(false),
    '1: parts with TLS, users and access lists, as in docs/operating.md; fresh at each start',
  ),
  dataFolder: option(
    'COALMINE_DATA',
    z
      .string()
      .transform((folder) => path.resolve(folder))
      .optional(),
    'the folder where data is kept from one start to the next; without it, data is fresh at each start',
  ),
};

/** The three variables by which everything else finds the parts. */
export type PartsEnv = { KAFKA_BROKERS: string; SCHEMA_REGISTRY_URL: string; REDIS_URL: string };

export type PartsConfig = ReturnType<typeof readConfig>;

const read = (env: NodeJS.ProcessEnv) => {
  try {
    return readOptions(OPTIONS, env);
  } catch (error) {
    throw new PartsError((error as Error).message.replaceAll('\n', '; '));
  }
};

/**
 * Reads the environment; an empty variable counts as not set. `given` is what the user runs himself: such a part is not
 * started. Throws a PartsError that names the variables that are wrong.
 */
export const readConfig = (env: NodeJS.ProcessEnv) => {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL, ...own } = read(env);
  const given: Partial<PartsEnv> = {
    ...(KAFKA_BROKERS === undefined ? {} : { KAFKA_BROKERS }),
    ...(SCHEMA_REGISTRY_URL === undefined ? {} : { SCHEMA_REGISTRY_URL }),
    ...(REDIS_URL === undefined ? {} : { REDIS_URL }),
  };
  return { given, ...own };
};
