import { z } from 'zod';
import { partsEnv, readEnv } from '../platform/process/env.ts';

const Env = z.object({
  ...partsEnv,
  CONTROLLER_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8090)
    .describe('port of the HTTP API, /livez, /readyz and /metrics'),
  CONTROLLER_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('address the HTTP API listens on; it has no authentication of its own'),
  CONTROLLER_RECONCILE_EVERY_MS: z.coerce
    .number()
    .int()
    .min(10)
    .default(2_000)
    .describe('how often Redis is compared with the decision log'),
});

export type Config = {
  brokers: string[];
  registryUrl: string;
  redisUrl: string;
  logLevel: string;
  port: number;
  host: string;
  reconcileEveryMs: number;
};

/** The environment as a plain value. Throws EnvError naming what is missing or wrong. */
export const readConfig = (env: NodeJS.ProcessEnv): Config => {
  const e = readEnv(Env, env);
  return {
    brokers: e.KAFKA_BROKERS.split(','),
    registryUrl: e.SCHEMA_REGISTRY_URL,
    redisUrl: e.REDIS_URL,
    logLevel: e.LOG_LEVEL,
    port: e.CONTROLLER_PORT,
    host: e.CONTROLLER_HOST,
    reconcileEveryMs: e.CONTROLLER_RECONCILE_EVERY_MS,
  };
};
