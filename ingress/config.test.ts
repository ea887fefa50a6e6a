import { describe, expect, it } from 'vitest';
import { helpText } from '../platform/process/options.ts';
import { OPTIONS, readConfig } from './config.ts';

const parts = {
  KAFKA_BROKERS: 'a:1,b:2',
  SCHEMA_REGISTRY_URL: 'http://localhost:8081',
  REDIS_URL: 'redis://localhost',
};

describe('the ingress’s configuration', () => {
  it('needs only the parts', () => {
    expect(readConfig(parts)).toMatchObject({
      brokers: ['a:1', 'b:2'],
      port: 8080,
      tls: null,
      processes: 1,
      instances: 1,
      sharesPort: false,
      captureLimitBytes: 262_144,
      journalCapBytes: 1_073_741_824,
      journalSegmentBytes: 16_777_216,
    });
  });

  it('shares limits out among as many processes as there are, unless told that there are more', () => {
    expect(readConfig({ ...parts, INGRESS_PROCESSES: '4' })).toMatchObject({ processes: 4, instances: 4 });
    expect(readConfig({ ...parts, INGRESS_PROCESSES: '4', INGRESS_INSTANCES: '12' }).instances).toBe(12);
    expect(readConfig({ ...parts, INGRESS_PROCESSES: 'auto' }).processes).toBeGreaterThan(0);
  });

  it('speaks TLS with a certificate and its key', () => {
    const env = { ...parts, INGRESS_TLS_CERT: 'c.pem', INGRESS_TLS_KEY: 'k.pem' };
    expect(readConfig(env).tls).toEqual({ certFile: 'c.pem', keyFile: 'k.pem' });
  });

  it('has segments so small that published ones make room before the cap', () => {
    expect(readConfig({ ...parts, INGRESS_JOURNAL_CAP_BYTES: '1048576' }).journalSegmentBytes).toBe(131_072);
  });

  it.each([
    [{ INGRESS_TLS_KEY: 'k.pem' }, /INGRESS_TLS_CERT and INGRESS_TLS_KEY go together/],
    [{ INGRESS_PROCESSES: 'auto', INGRESS_PORT: '0' }, /INGRESS_PORT is 0; several processes/],
    [{ INGRESS_TLS_CERT: 'c', INGRESS_PROCESSES: '2', INGRESS_PORT: '0' }, /TLS_KEY go together.*\nINGRESS_PORT is 0/],
    [{ INGRESS_PROCESSES: 'some' }, /INGRESS_PROCESSES is wrong/],
    [{ INGRESS_SHARE_PORT: 'perhaps' }, /INGRESS_SHARE_PORT is wrong/],
    [{ INGRESS_SECRET: 'short-secret' }, /^INGRESS_SECRET is wrong(?!.*short-secret)/],
    [{ INGRESS_CAPTURE_LIMIT_BYTES: '1000000' }, /INGRESS_CAPTURE_LIMIT_BYTES is wrong/],
  ])('%j is refused by name', (env, message) => expect(() => readConfig({ ...parts, ...env })).toThrow(message));

  it('is told by --help, option by option', () => {
    expect(helpText('ingress', OPTIONS)).toMatchInlineSnapshot(`
      "ingress is set by variables of its environment; an empty one counts as unset.

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

      REDIS_URL (needed)
          URL of Redis (redis://…)

      REDIS_USERNAME (default: none)
          user of an access list (ACL); without it, \`default\`

      REDIS_PASSWORD (default: none)
          its password; or REDIS_PASSWORD_FILE, a file that holds it

      REDIS_SSL_CA_LOCATION (default: none)
          file with the CA of a Redis behind TLS (rediss://…); without it, those that Node trusts

      REDIS_SSL_CERTIFICATE_LOCATION (default: none)
          file with our own certificate chain, where Redis asks for one; with REDIS_SSL_KEY_LOCATION

      REDIS_SSL_KEY_LOCATION (default: none)
          file with the private key of that certificate

      LOG_LEVEL (default: info)
          level of the log: trace, debug, info, warn, error, fatal or silent

      INGRESS_HOST (default: 127.0.0.1)
          the address to listen on

      INGRESS_PORT (default: 8080)
          the port to listen on, an integer from 0 to 65535

      INGRESS_TLS_CERT (default: none)
          a certificate chain in PEM form; with INGRESS_TLS_KEY the port speaks TLS

      INGRESS_TLS_KEY (default: none)
          its private key in PEM form; goes with INGRESS_TLS_CERT

      INGRESS_POLICY (default: none)
          the file of an IngressPolicy document, read again when it changes; without it callers need a key

      INGRESS_PROCESSES (default: 1)
          how many processes share the port, 1 to 256, or auto for one a core; each has a folder in the data folder

      INGRESS_METRICS_PORT (default: 0)
          a port for /livez, /readyz and /metrics alone, at most 65000, 0 for none; each process of a pool takes one, from it on

      INGRESS_SHARE_PORT (default: false)
          true lets other ingresses of this host listen on the same port, for a pool under a supervisor of your own

      INGRESS_INSTANCES (default: none)
          processes on all hosts, to share out request limits while Redis is away; without it, as INGRESS_PROCESSES

      INGRESS_DATA_DIR (default: .coalmine/ingress)
          a folder for journal, checkpoint, secret, last routing table and keys; one ingress a folder

      INGRESS_SECRET (default: none)
          at least 16 characters that sign exchange ids and hash subjects, the same for all ingresses; without it, one is made; or INGRESS_SECRET_FILE, a file that holds it

      INGRESS_CAPTURE_LIMIT_BYTES (default: 262144)
          bytes recorded of each body, at most 327680; the rest is cut, marked, and hashed

      INGRESS_JOURNAL_CAP_BYTES (default: 1073741824)
          bytes that the journal may take, an integer from 1048576 to 1099511627776
      "
    `);
  });
});
