import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { partsEnv, readEnv } from '../platform/process/env.ts';
import { MAX_CAPTURE_BYTES } from '../schemas/exchange.ts';

const MIB = 1_048_576;
const MAX_SEGMENT_BYTES = 16 * MIB;
const MAX_PROCESSES = 256;

const integer = (min: number, max: number, fallback: number, what: string) =>
  z.coerce
    .number()
    .int()
    .min(min)
    .max(max)
    .default(fallback)
    .describe(`${what}, an integer from ${min} to ${max} (default ${fallback})`);

const IngressEnv = z
  .object({
    ...partsEnv,
    INGRESS_HOST: z.string().default('127.0.0.1').describe('the address to listen on (default 127.0.0.1)'),
    INGRESS_PORT: integer(0, 65_535, 8080, 'the port to listen on'),
    INGRESS_DATA_DIR: z.string().default('.coalmine/ingress').describe('a folder of its own for journal and secret'),
    INGRESS_POLICY: z.string().min(1).optional().describe('the file of an IngressPolicy document'),
    INGRESS_SECRET: z.string().min(16).optional().describe('at least 16 characters, the same for all ingresses'),
    INGRESS_TLS_CERT: z
      .string()
      .min(1)
      .optional()
      .describe('a certificate chain in PEM form; goes with INGRESS_TLS_KEY'),
    INGRESS_TLS_KEY: z.string().min(1).optional().describe('its private key in PEM form'),
    INGRESS_PROCESSES: z
      .union([z.literal('auto'), z.coerce.number().int().min(1).max(MAX_PROCESSES)])
      .default(1)
      .describe(`how many processes share the port, 1 to ${MAX_PROCESSES}, or auto for one a core (default 1)`),
    INGRESS_SHARE_PORT: z
      .stringbool()
      .default(false)
      .describe('true lets other ingresses of this host, each with its own folder, listen on the same port'),
    INGRESS_INSTANCES: z.coerce
      .number()
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe('how many processes there are on all hosts, for request limits while Redis is away'),
    INGRESS_METRICS_PORT: integer(
      0,
      65_000,
      0,
      'a port for health and metrics alone; a pool takes one for each process from it on',
    ),
    INGRESS_CAPTURE_LIMIT_BYTES: integer(0, MAX_CAPTURE_BYTES, 256 * 1024, 'how much of each body is captured'),
    INGRESS_JOURNAL_CAP_BYTES: integer(MIB, 1024 * 1024 * MIB, 1024 * MIB, 'the size of the journal'),
  })
  .refine((env) => (env.INGRESS_TLS_CERT === undefined) === (env.INGRESS_TLS_KEY === undefined), {
    path: ['INGRESS_TLS_CERT'],
    message: 'INGRESS_TLS_CERT and INGRESS_TLS_KEY go together',
  })
  .refine((env) => env.INGRESS_PROCESSES === 1 || env.INGRESS_PORT !== 0, {
    path: ['INGRESS_PORT'],
    message: 'several processes need one port to share',
  });

/** The ingress' settings out of the environment. Throws EnvError with a line for each variable that is wrong. */
export const readConfig = (env: NodeJS.ProcessEnv) => {
  const e = readEnv(IngressEnv, env);
  const processes = e.INGRESS_PROCESSES === 'auto' ? availableParallelism() : e.INGRESS_PROCESSES;
  return {
    kafkaBrokers: e.KAFKA_BROKERS.split(','),
    registryUrl: e.SCHEMA_REGISTRY_URL,
    redisUrl: e.REDIS_URL,
    logLevel: e.LOG_LEVEL,
    host: e.INGRESS_HOST,
    port: e.INGRESS_PORT,
    dataDir: e.INGRESS_DATA_DIR,
    policyFile: e.INGRESS_POLICY,
    secret: e.INGRESS_SECRET,
    tls:
      e.INGRESS_TLS_CERT === undefined || e.INGRESS_TLS_KEY === undefined
        ? null
        : { certFile: e.INGRESS_TLS_CERT, keyFile: e.INGRESS_TLS_KEY },
    processes,
    sharesPort: e.INGRESS_SHARE_PORT,
    instances: e.INGRESS_INSTANCES ?? processes,
    metricsPort: e.INGRESS_METRICS_PORT,
    captureLimitBytes: e.INGRESS_CAPTURE_LIMIT_BYTES,
    journalCapBytes: e.INGRESS_JOURNAL_CAP_BYTES,
    /** Small enough that published segments make room well before the cap. */
    journalSegmentBytes: Math.min(MAX_SEGMENT_BYTES, Math.floor(e.INGRESS_JOURNAL_CAP_BYTES / 8)),
  };
};
