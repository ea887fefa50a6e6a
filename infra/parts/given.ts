import type { PartsEnv } from './config.ts';
import { PartsError } from './parts-error.ts';
import { readKafkaAccess, readRegistryAccess } from '../../platform/process/parts-access.ts';
import { brokerIds, redisAnswers, registryAnswers } from './probe.ts';

type Probe = (value: string) => Promise<boolean>;

/** Asked as everything else will ask them: with the certificates and users that the environment names. */
const probesOf = (env: NodeJS.ProcessEnv): [variable: keyof PartsEnv, probe: Probe][] => [
  ['KAFKA_BROKERS', async () => (await brokerIds(readKafkaAccess(env))).length > 0],
  ['SCHEMA_REGISTRY_URL', async () => await registryAnswers(readRegistryAccess(env))],
  ['REDIS_URL', redisAnswers],
];

async function requireAnswer(variable: string, value: string, probe: Probe): Promise<void> {
  let reason = 'it answers something else';
  try {
    if (await probe(value)) return;
  } catch (error) {
    reason = error instanceof Error ? error.message || error.name : String(error);
  }
  // A URL may hold a password, so what is shown of it stops at the @.
  const shown = value.replace(/\/\/[^@/]*@/, '//…@');
  throw new PartsError(
    `${variable} is set to ${shown}, but nothing usable answers there (${reason}): correct or unset it`,
  );
}

/** Throws a PartsError naming the first variable under which nothing answers. */
export async function requireGiven(given: Partial<PartsEnv>, env: NodeJS.ProcessEnv): Promise<void> {
  await Promise.all(
    probesOf(env).map(async ([variable, probe]) => {
      const value = given[variable];
      if (value !== undefined) await requireAnswer(variable, value, probe);
    }),
  );
}
