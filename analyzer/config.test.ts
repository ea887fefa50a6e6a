import { describe, expect, it } from 'vitest';
import { helpText } from '../platform/process/options.ts';
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
    expect(helpText('analyzer', OPTIONS)).toMatchInlineSnapshot(`
      "analyzer is set by variables of its environment; an empty one counts as unset.

      KAFKA_BROKERS (needed)
          host:port of Kafka brokers, comma-separated

      KAFKA_SECURITY_PROTOCOL (default: PLAINTEXT)
          PLAINTEXT, SSL, or SASL_SSL; a password without TLS (SASL_PLAINTEXT) is refused

      KAFKA_SSL_CA_LOCATION (default: none)
          file with the CA that signed the brokers' certificates; without it, those that Node trusts

      KAFKA_SSL_CERTIFICATE_LOCATION (default: none)
          file with our own certificate chain, for mutual TLS; with KAFKA_SSL_KEY_LOCATION

      KAFKA_SSL_KEY_LOCATION (default: none)
          file with the private key of that certificate

      KAFKA_SSL_KEY_PASSWORD (default: none)
          password of that private key; or KAFKA_SSL_KEY_PASSWORD_FILE, a file that holds it

      KAFKA_SASL_MECHANISM (default: none)
          with SASL_SSL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER

      KAFKA_SASL_USERNAME (default: none)
          user, or API key, for PLAIN and SCRAM

      KAFKA_SASL_PASSWORD (default: none)
          its password, or API secret; or KAFKA_SASL_PASSWORD_FILE, a file that holds it

      KAFKA_SASL_OAUTHBEARER_TOKEN (default: none)
          token for OAUTHBEARER, where something else renews it; or KAFKA_SASL_OAUTHBEARER_TOKEN_FILE, a file that holds it

      KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL (default: none)
          where OAUTHBEARER gets its tokens with client credentials, and new ones before they expire

      KAFKA_SASL_OAUTHBEARER_CLIENT_ID (default: none)
          the client id that the token endpoint knows

      KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET (default: none)
          its client secret; or KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET_FILE, a file that holds it

      KAFKA_SASL_OAUTHBEARER_SCOPE (default: none)
          the scope to ask the token endpoint for

      KAFKA_SASL_OAUTHBEARER_EXTENSIONS (default: none)
          name=value, comma-separated, sent to the broker with the token (Confluent Cloud: logicalCluster, identityPoolId)

      SCHEMA_REGISTRY_URL (needed)
          URL of the schema registry (http://…)

      SCHEMA_REGISTRY_USERNAME (default: none)
          user, or API key, for basic authentication at the registry

      SCHEMA_REGISTRY_PASSWORD (default: none)
          its password, or API secret; or SCHEMA_REGISTRY_PASSWORD_FILE, a file that holds it

      SCHEMA_REGISTRY_TOKEN (default: none)
          bearer token for the registry, in place of a user; or SCHEMA_REGISTRY_TOKEN_FILE, a file that holds it

      SCHEMA_REGISTRY_SSL_CA_LOCATION (default: none)
          file with the CA of an https registry; without it, those that Node trusts

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
