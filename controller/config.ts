import { z } from 'zod';
import { option, readOptions, type Values } from '../platform/process/options.ts';
import { partsOptions } from '../platform/process/service-options.ts';

export const OPTIONS = {
  ...partsOptions,
  port: option(
    'CONTROLLER_PORT',
    z.coerce.number().int().min(0).max(65_535).default(8090),
    'port of the HTTP API, /livez, /readyz and /metrics',
  ),
  host: option(
    'CONTROLLER_HOST',
    z.string().default('127.0.0.1'),
    'address the HTTP API listens on; it authenticates nobody: put it behind something that does before you widen this',
  ),
  reconcileEveryMs: option(
    'CONTROLLER_RECONCILE_EVERY_MS',
    z.coerce.number().int().min(10).default(2_000),
    'how often Redis is compared with the decision log, in milliseconds',
  ),
};

/** Throws EnvError, one line for each bad or missing variable. */
export const readConfig = (env: NodeJS.ProcessEnv): Values<typeof OPTIONS> => readOptions(OPTIONS, env);
