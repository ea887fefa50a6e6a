import { z } from 'zod';
import { partsEnv, readEnv } from '../platform/process/env.ts';

const { REDIS_URL: _, ...kafkaEnv } = partsEnv;

const Env = z.object({
  ...kafkaEnv,
  ANALYZER_INSTANCE: z.string().default('analyzer-1').describe('name of this process among the analyzers'),
  ANALYZER_HEALTH_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('the address that /livez, /readyz and /metrics listen on'),
  ANALYZER_HEALTH_PORT: z.coerce.number().int().default(8084).describe('port of /livez, /readyz and /metrics'),
  ANALYZER_WINDOW_MS: z.coerce
    .number()
    .int()
    .min(100)
    .default(60_000)
    .describe('width of a window; another width makes other windows, from the start of the log'),
  ANALYZER_GRACE_MS: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe('how long a window stays open beyond its end, in stream time'),
  ANALYZER_SNAPSHOT_MS: z.coerce.number().int().nonnegative().default(5_000).describe('least time between snapshots'),
});

export type Config = {
  brokers: string[];
  registryUrl: string;
  instance: string;
  healthHost: string;
  healthPort: number;
  windowMs: number;
  graceMs: number;
  snapshotEveryMs: number;
};

/** The environment as a value; throws EnvError with a line for each variable that is bad or missing. */
export const readConfig = (env: NodeJS.ProcessEnv): Config => {
  const e = readEnv(Env, env);
  return {
    brokers: e.KAFKA_BROKERS.split(','),
    registryUrl: e.SCHEMA_REGISTRY_URL,
    instance: e.ANALYZER_INSTANCE,
    healthHost: e.ANALYZER_HEALTH_HOST,
    healthPort: e.ANALYZER_HEALTH_PORT,
    windowMs: e.ANALYZER_WINDOW_MS,
    graceMs: e.ANALYZER_GRACE_MS,
    snapshotEveryMs: e.ANALYZER_SNAPSHOT_MS,
  };
};
