import type { PartsEnv } from './config.ts';
import { PartsError } from './parts-error.ts';
import { brokerIds, redisAnswers, registryAnswers } from './probe.ts';

type Probe = (value: string) => Promise<boolean>;

const probes: [variable: keyof PartsEnv, probe: Probe][] = [
  ['KAFKA_BROKERS', async (brokers) => (await brokerIds(brokers)).length > 0],
  ['SCHEMA_REGISTRY_URL', registryAnswers],
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
export async function requireGiven(given: Partial<PartsEnv>): Promise<void> {
  await Promise.all(
    probes.map(async ([variable, probe]) => {
      const value = given[variable];
      if (value !== undefined) await requireAnswer(variable, value, probe);
    }),
  );
}
