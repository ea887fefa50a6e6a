import { describe, expect, it } from 'vitest';
import { ownHelp } from '../platform/process/parts-help.fixture.ts';
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
    expect(ownHelp('ingress', OPTIONS)).toMatchInlineSnapshot(`
      "ingress is set by variables of its environment; an empty one counts as unset.

      … TOPICS_HELP

      REDIS_URL (needed)
          URL of Redis (redis://…)

      … REDIS_HELP

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
