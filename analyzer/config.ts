import { z } from 'zod';
import { option, readOptions } from '../platform/process/options.ts';
import { withTopicsSecurity } from '../platform/process/parts-security.ts';
import { healthOptions, kafkaOptions, partsOptions, registryOptions } from '../platform/process/service-options.ts';

const durationMs = z.coerce.number().int().nonnegative();

export const OPTIONS = {
  ...kafkaOptions,
  ...registryOptions,
  logLevel: partsOptions.logLevel,
  instance: option('ANALYZER_INSTANCE', z.string().default('analyzer-1'), 'name of this process among the analyzers'),
  ...healthOptions('ANALYZER', 8084),
  windowMs: option(
    'ANALYZER_WINDOW_MS',
    durationMs.min(100).default(60_000),
    'width of a window in milliseconds, at least 100; another width makes other windows, from the start of the log',
  ),
  graceMs: option(
    'ANALYZER_GRACE_MS',
    durationMs.default(0),
    'milliseconds of stream time that a window stays open beyond its end',
  ),
  snapshotEveryMs: option(
    'ANALYZER_SNAPSHOT_MS',
    durationMs.default(5_000),
    'least milliseconds between two snapshots of a partition',
  ),
};

/** Throws EnvError, one line for each bad or missing variable. */
export const readConfig = (env: NodeJS.ProcessEnv) => withTopicsSecurity(readOptions(OPTIONS, env));
