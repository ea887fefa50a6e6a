import { describe, expect, it } from 'vitest';
import { ownHelp } from '../platform/process/parts-help.fixture.ts';
import { OPTIONS, readConfig } from './config.ts';

const parts = {
  KAFKA_BROKERS: 'a:1,b:2',
  SCHEMA_REGISTRY_URL: 'http://localhost:8081',
  REDIS_URL: 'redis://localhost',
};

describe('the analyzer’s configuration', () => {
  it('needs Kafka and the registry, and no Redis', () => {
    const { REDIS_URL: _, ...needed } = parts;
    const defaults = { instance: 'analyzer-1', windowMs: 60_000, graceMs: 0, snapshotEveryMs: 5_000 };
    expect(readConfig(needed)).toMatchObject({ brokers: ['a:1', 'b:2'], ...defaults });
  });

  it.each([
    [{ ANALYZER_WINDOW_MS: '99' }, /ANALYZER_WINDOW_MS is wrong/],
    [{ ANALYZER_GRACE_MS: '-1' }, /ANALYZER_GRACE_MS is wrong/],
    [{ KAFKA_BROKERS: '' }, /KAFKA_BROKERS is missing/],
  ])('%j is refused by name', (env, message) => expect(() => readConfig({ ...parts, ...env })).toThrow(message));

  it('is told by --help, option by option', () => {
    expect(ownHelp('analyzer', OPTIONS)).toMatchInlineSnapshot(`
      "analyzer is set by variables of its environment; an empty one counts as unset.

      … TOPICS_HELP

      LOG_LEVEL (default: info)
          level of the log: trace, debug, info, warn, error, fatal or silent

      ANALYZER_INSTANCE (default: analyzer-1)
          name of this process among the analyzers

      ANALYZER_HEALTH_HOST (default: 127.0.0.1)
          the address that /livez, /readyz and /metrics listen on; no key is asked for, so let only your monitoring reach a wider one

      ANALYZER_HEALTH_PORT (default: 8084)
          port of /livez, /readyz and /metrics

      ANALYZER_WINDOW_MS (default: 60000)
          width of a window in milliseconds, at least 100; another width makes other windows, from the start of the log

      ANALYZER_GRACE_MS (default: 0)
          milliseconds of stream time that a window stays open beyond its end

      ANALYZER_SNAPSHOT_MS (default: 5000)
          least milliseconds between two snapshots of a partition
      "
    `);
  });
});
