import { describe, expect, it } from 'vitest';
import { createMemoryBus } from '../platform/kafka/memory-bus.ts';
import { ownHelp } from '../platform/process/parts-help.fixture.ts';
import { MAX_CAPTURE_BYTES } from '../schemas/exchange.ts';
import { SHADOWS } from '../schemas/topics.ts';
import { OPTIONS, readConfig } from './config.ts';
import { MAX_DIFFERENCES, MAX_PATH_CHARACTERS } from './diff.ts';
import { body, exchangeOf } from '../schemas/exchange.fixture.ts';

const parts = {
  KAFKA_BROKERS: 'a:1,b:2',
  SCHEMA_REGISTRY_URL: 'http://localhost:8081',
  REDIS_URL: 'redis://localhost',
};

describe('the mirror’s configuration', () => {
  it('needs only the parts, and sets no limit to the money by itself', () => {
    expect(readConfig(parts)).toMatchObject({
      brokers: ['a:1', 'b:2'],
      instance: 'mirror-1',
      concurrency: 16,
      maxPerUpstream: 64,
      credentialsFile: undefined,
      captureLimitBytes: 262_144,
    });
    expect(readConfig(parts).maxUsdPerHour).toBe(Number.POSITIVE_INFINITY);
    expect(readConfig({ ...parts, MIRROR_MAX_USD_PER_HOUR: '0' }).maxUsdPerHour).toBe(0);
  });

  it('lets no shadow grow over what its topic takes, whatever is in its bodies', async () => {
    const full = body('\u{1f600}'.repeat(MAX_CAPTURE_BYTES / 4), 'x'.repeat(256));
    const metadata = Object.fromEntries(
      Array.from({ length: 16 }, (_, i) => [`${i}`.padEnd(64, 'é'), '€'.repeat(512)]),
    );
    const exchange = exchangeOf({ exchangeId: 'x'.repeat(1_800), requestBody: full, responseBody: full, metadata });
    const answer = { responseBody: full, promptTokens: null, completionTokens: null, costUsd: null };
    const rest = { status: 200, outcome: 'ok' as const, latencyMs: 1, firstByteMs: null, replayedAtMs: 1 };
    const shadow = {
      shadowId: 's',
      kind: 'shadow' as const,
      version: 'v2',
      arm: 'candidate',
      ...rest,
      ...answer,
      rounds: 1,
      differences: Array.from({ length: MAX_DIFFERENCES }, () => '€'.repeat(MAX_PATH_CHARACTERS)),
      similarity: 0.5,
      exchange,
    };
    const bus = createMemoryBus();
    await bus.append(SHADOWS, 0, [{ source: 'm', sequence: 1, timeMs: 1, event: shadow, tick: null }]);
    await bus.close(100);
  });

  it.each([
    [{ MIRROR_MAX_USD_PER_HOUR: '-1' }, /MIRROR_MAX_USD_PER_HOUR is wrong/],
    [{ MIRROR_CAPTURE_LIMIT_BYTES: '1000000' }, /MIRROR_CAPTURE_LIMIT_BYTES is wrong/],
    [{ MIRROR_MAX_PER_UPSTREAM: '0' }, /MIRROR_MAX_PER_UPSTREAM is wrong/],
    [{ MIRROR_CONCURRENCY: 'many' }, /MIRROR_CONCURRENCY is wrong/],
    [{ REDIS_URL: '' }, /REDIS_URL is missing/],
  ])('%j is refused by name', (env, message) => expect(() => readConfig({ ...parts, ...env })).toThrow(message));

  it('is told by --help, option by option', () => {
    expect(ownHelp('mirror', OPTIONS)).toMatchInlineSnapshot(`
      "mirror is set by variables of its environment; an empty one counts as unset.

      … TOPICS_HELP

      REDIS_URL (needed)
          URL of Redis (redis://…)

      … REDIS_HELP

      LOG_LEVEL (default: info)
          level of the log: trace, debug, info, warn, error, fatal or silent

      MIRROR_INSTANCE (default: mirror-1)
          name of this process among the mirrors, part of its source

      MIRROR_HEALTH_HOST (default: 127.0.0.1)
          the address that /livez, /readyz and /metrics listen on; no key is asked for, so let only your monitoring reach a wider one

      MIRROR_HEALTH_PORT (default: 8082)
          port of /livez, /readyz and /metrics

      MIRROR_CONCURRENCY (default: 16)
          exchanges replayed at the same time

      MIRROR_MAX_PER_UPSTREAM (default: 64)
          replays under way to one upstream; beyond it they are shed and counted

      MIRROR_CREDENTIALS (default: none)
          file with the credentials document for upstreams (docs/mirror.md); without it, replays carry none

      MIRROR_TIMEOUT_MS (default: 60000)
          milliseconds for one request of a replay

      MIRROR_CAPTURE_LIMIT_BYTES (default: 262144)
          bytes kept of an answer, at most 327680; the rest is cut and marked

      MIRROR_MAX_USD_PER_HOUR (default: no limit)
          US dollars for replays of one agent in a clock hour, in this process; beyond it they are shed and counted
      "
    `);
  });
});
