import { z } from 'zod';
import { partsEnv, readEnv } from '../platform/process/env.ts';
import { MAX_CAPTURE_BYTES } from '../schemas/exchange.ts';

const count = z.coerce.number().int().positive();

const Env = z.object({
  ...partsEnv,
  MIRROR_INSTANCE: z
    .string()
    .default('mirror-1')
    .describe('name of this process among the mirrors, part of its source'),
  MIRROR_HEALTH_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('the address that /livez, /readyz and /metrics listen on'),
  MIRROR_HEALTH_PORT: z.coerce.number().int().min(0).default(8082).describe('port of /livez, /readyz and /metrics'),
  MIRROR_CONCURRENCY: count.default(16).describe('exchanges replayed at the same time'),
  MIRROR_MAX_PER_UPSTREAM: count
    .default(64)
    .describe('replays under way to one upstream; beyond it they are shed and counted'),
  MIRROR_CREDENTIALS: z
    .string()
    .optional()
    .describe('file with the credentials document for upstreams; without it, replays carry none'),
  MIRROR_TIMEOUT_MS: count.default(60_000).describe('milliseconds for one request of a replay'),
  MIRROR_CAPTURE_LIMIT_BYTES: count
    .max(MAX_CAPTURE_BYTES)
    .default(262_144)
    .describe(`bytes kept of an answer, at most ${MAX_CAPTURE_BYTES}; the rest is cut and marked`),
  MIRROR_MAX_USD_PER_HOUR: z.coerce
    .number()
    .nonnegative()
    .default(Number.POSITIVE_INFINITY)
    .describe('US dollars for replays of one agent in a clock hour; beyond it they are shed and counted'),
});

export type Config = {
  brokers: string[];
  registryUrl: string;
  redisUrl: string;
  instance: string;
  healthHost: string;
  healthPort: number;
  concurrency: number;
  maxPerUpstream: number;
  credentialsFile: string | undefined;
  timeoutMs: number;
  captureLimitBytes: number;
  maxUsdPerHour: number;
};

/** Throws EnvError, one line for each bad or missing variable. */
export const readConfig = (env: NodeJS.ProcessEnv): Config => {
  const read = readEnv(Env, env);
  return {
    brokers: read.KAFKA_BROKERS.split(','),
    registryUrl: read.SCHEMA_REGISTRY_URL,
    redisUrl: read.REDIS_URL,
    instance: read.MIRROR_INSTANCE,
    healthHost: read.MIRROR_HEALTH_HOST,
    healthPort: read.MIRROR_HEALTH_PORT,
    concurrency: read.MIRROR_CONCURRENCY,
    maxPerUpstream: read.MIRROR_MAX_PER_UPSTREAM,
    credentialsFile: read.MIRROR_CREDENTIALS,
    timeoutMs: read.MIRROR_TIMEOUT_MS,
    captureLimitBytes: read.MIRROR_CAPTURE_LIMIT_BYTES,
    maxUsdPerHour: read.MIRROR_MAX_USD_PER_HOUR,
  };
};
