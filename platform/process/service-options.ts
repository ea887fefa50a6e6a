import { z } from 'zod';
import { option } from './options.ts';

const addresses = z.string().regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/);

/** The options that services share: where Kafka, the registry and Redis are, and how much is logged. */
export const partsOptions = {
  brokers: option(
    'KAFKA_BROKERS',
    addresses.transform((text) => text.split(',')),
    'host:port of Kafka brokers, comma-separated',
  ),
  registryUrl: option('SCHEMA_REGISTRY_URL', z.string().regex(/^https?:\/\//), 'URL of the schema registry (http://…)'),
  redisUrl: option('REDIS_URL', z.string().regex(/^rediss?:\/\//), 'URL of Redis (redis://…)'),
  logLevel: option(
    'LOG_LEVEL',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    'level of the log: trace, debug, info, warn, error, fatal or silent',
  ),
};

/** Where a service without an API of its own serves /livez, /readyz and /metrics. `prefix` begins its variables. */
export const healthOptions = (prefix: string, port: number) => ({
  healthHost: option(
    `${prefix}_HEALTH_HOST`,
    z.string().default('127.0.0.1'),
    'the address that /livez, /readyz and /metrics listen on; no key is asked for, so let only your monitoring reach a wider one',
  ),
  healthPort: option(
    `${prefix}_HEALTH_PORT`,
    z.coerce.number().int().min(0).default(port),
    'port of /livez, /readyz and /metrics',
  ),
});
