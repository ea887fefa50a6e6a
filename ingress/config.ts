import { z } from 'zod';
import { partsEnv, readEnv } from '../platform/env.ts';
import { MAX_CAPTURE_BYTES } from '../schemas/exchange.ts';

const MIB = 1_048_576;
const MAX_SEGMENT_BYTES = 16 * MIB;

const integer = (min: number, max: number, fallback: number, what: string) =>
  z.coerce
    .number()
    .int()
    .min(min)
    .max(max)
    .default(fallback)
    .describe(`${what}, an integer from ${min} to ${max} (default ${fallback})`);

const milliseconds = (fallback: number, what: string) => integer(1, 86_400_000, fallback, `${what} in milliseconds`);

const IngressEnv = z.object({
  ...partsEnv,
  INGRESS_HOST: z.string().default('127.0.0.1').describe('the address to listen on (default 127.0.0.1)'),
  INGRESS_PORT: integer(0, 65_535, 8080, 'the port to listen on'),
  INGRESS_DATA_DIR: z.string().default('.coalmine/ingress').describe('a folder of its own for journal and secret'),
  INGRESS_SECRET: z.string().min(16).optional().describe('at least 16 characters, the same for all ingresses'),
  INGRESS_MAX_BODY_BYTES: integer(1, 64 * MIB, 4 * MIB, 'the largest request body'),
  INGRESS_CAPTURE_LIMIT_BYTES: integer(0, MAX_CAPTURE_BYTES, 256 * 1024, 'how much of each body is captured'),
  INGRESS_JOURNAL_CAP_BYTES: integer(MIB, 1024 * 1024 * MIB, 1024 * MIB, 'the size of the journal'),
  INGRESS_CONNECT_TIMEOUT_MS: milliseconds(2_000, 'the wait for a connection to a version'),
  INGRESS_FIRST_BYTE_TIMEOUT_MS: milliseconds(60_000, 'the wait for the first byte of an answer'),
  INGRESS_IDLE_TIMEOUT_MS: milliseconds(60_000, 'the longest silence within an answer'),
  INGRESS_TOTAL_TIMEOUT_MS: milliseconds(600_000, 'the longest time of a whole answer'),
});

/** The ingress' settings out of the environment. Throws EnvError with a line for each variable that is wrong. */
export const readConfig = (env: NodeJS.ProcessEnv) => {
  const e = readEnv(IngressEnv, env);
  return {
    kafkaBrokers: e.KAFKA_BROKERS.split(','),
    registryUrl: e.SCHEMA_REGISTRY_URL,
    redisUrl: e.REDIS_URL,
    logLevel: e.LOG_LEVEL,
    host: e.INGRESS_HOST,
    port: e.INGRESS_PORT,
    dataDir: e.INGRESS_DATA_DIR,
    secret: e.INGRESS_SECRET,
    maxBodyBytes: e.INGRESS_MAX_BODY_BYTES,
    captureLimitBytes: e.INGRESS_CAPTURE_LIMIT_BYTES,
    journalCapBytes: e.INGRESS_JOURNAL_CAP_BYTES,
    /** Small enough that published segments make room well before the cap. */
    journalSegmentBytes: Math.min(MAX_SEGMENT_BYTES, Math.floor(e.INGRESS_JOURNAL_CAP_BYTES / 8)),
    upstream: {
      connectMs: e.INGRESS_CONNECT_TIMEOUT_MS,
      firstByteMs: e.INGRESS_FIRST_BYTE_TIMEOUT_MS,
      idleMs: e.INGRESS_IDLE_TIMEOUT_MS,
      totalMs: e.INGRESS_TOTAL_TIMEOUT_MS,
    },
  };
};
