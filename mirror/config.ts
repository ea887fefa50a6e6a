import { z } from 'zod';
import { option, readOptions } from '../platform/process/options.ts';
import { withSecurity } from '../platform/process/parts-security.ts';
import { healthOptions, partsOptions } from '../platform/process/service-options.ts';
import { MAX_CAPTURE_BYTES } from '../schemas/exchange.ts';

const count = z.coerce.number().int().positive();

export const OPTIONS = {
  ...partsOptions,
  instance: option(
    'MIRROR_INSTANCE',
    z.string().default('mirror-1'),
    'name of this process among the mirrors, part of its source',
  ),
  ...healthOptions('MIRROR', 8082),
  concurrency: option('MIRROR_CONCURRENCY', count.default(16), 'exchanges replayed at the same time'),
  maxPerUpstream: option(
    'MIRROR_MAX_PER_UPSTREAM',
    count.default(64),
    'replays under way to one upstream; beyond it they are shed and counted',
  ),
  credentialsFile: option(
    'MIRROR_CREDENTIALS',
    z.string().optional(),
    'file with the credentials document for upstreams (docs/mirror.md); without it, replays carry none',
  ),
  timeoutMs: option('MIRROR_TIMEOUT_MS', count.default(60_000), 'milliseconds for one request of a replay'),
  captureLimitBytes: option(
    'MIRROR_CAPTURE_LIMIT_BYTES',
    count.max(MAX_CAPTURE_BYTES).default(262_144),
    `bytes kept of an answer, at most ${MAX_CAPTURE_BYTES}; the rest is cut and marked`,
  ),
  maxUsdPerHour: option(
    'MIRROR_MAX_USD_PER_HOUR',
    z.coerce.number().nonnegative().default(Number.POSITIVE_INFINITY),
    'US dollars for replays of one agent in a clock hour, in this process; beyond it they are shed and counted',
  ),
};

/** Throws EnvError, one line for each bad or missing variable. */
export const readConfig = (env: NodeJS.ProcessEnv) => withSecurity(readOptions(OPTIONS, env));
