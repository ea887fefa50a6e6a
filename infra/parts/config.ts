import path from 'node:path';
import { z } from 'zod';
import { PartsError } from './parts-error.ts';

const port = z.coerce.number().int().min(1).max(65_534);
const given = z.string().min(1).optional();

const schema = z.object({
  KAFKA_BROKERS: given,
  SCHEMA_REGISTRY_URL: given,
  REDIS_URL: given,
  COALMINE_PARTS: z.enum(['local', 'docker']).default('local'),
  COALMINE_KAFKA_PORT: port.default(19_092),
  COALMINE_REGISTRY_PORT: port.default(18_081),
  COALMINE_REDIS_PORT: port.default(16_379),
  COALMINE_DATA: given,
});

/** The three variables by which everything else finds the parts. */
export type PartsEnv = { KAFKA_BROKERS: string; SCHEMA_REGISTRY_URL: string; REDIS_URL: string };

export type PartsConfig = {
  /** What the user runs himself; a part that is given is not started. */
  given: Partial<PartsEnv>;
  mode: 'local' | 'docker';
  kafkaPort: number;
  registryPort: number;
  redisPort: number;
  /** Where data is kept from one start to the next; undefined for fresh data at each start. */
  dataFolder: string | undefined;
};

/** Reads the environment; an empty variable counts as not set. Throws a PartsError that names the variable. */
export function readConfig(env: NodeJS.ProcessEnv): PartsConfig {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path: [name], message }) => `${String(name)}: ${message}`);
    throw new PartsError(problems.join('; '));
  }
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL, ...own } = parsed.data;
  return {
    given: {
      ...(KAFKA_BROKERS === undefined ? {} : { KAFKA_BROKERS }),
      ...(SCHEMA_REGISTRY_URL === undefined ? {} : { SCHEMA_REGISTRY_URL: SCHEMA_REGISTRY_URL.replace(/\/$/, '') }),
      ...(REDIS_URL === undefined ? {} : { REDIS_URL }),
    },
    mode: own.COALMINE_PARTS,
    kafkaPort: own.COALMINE_KAFKA_PORT,
    registryPort: own.COALMINE_REGISTRY_PORT,
    redisPort: own.COALMINE_REDIS_PORT,
    dataFolder: own.COALMINE_DATA === undefined ? undefined : path.resolve(own.COALMINE_DATA),
  };
}
