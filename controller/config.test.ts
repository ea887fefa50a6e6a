import { describe, expect, it } from 'vitest';
import { ownHelp } from '../platform/process/parts-help.fixture.ts';
import { OPTIONS, readConfig } from './config.ts';

const parts = {
  KAFKA_BROKERS: 'a:1,b:2',
  SCHEMA_REGISTRY_URL: 'http://localhost:8081',
  REDIS_URL: 'redis://localhost',
};

describe('the controller’s configuration', () => {
  it('needs only the parts', () => {
    expect(readConfig(parts)).toEqual({
      brokers: ['a:1', 'b:2'],
      registryUrl: 'http://localhost:8081',
      redisUrl: 'redis://localhost',
      logLevel: 'info',
      port: 8090,
      host: '127.0.0.1',
      reconcileEveryMs: 2_000,
      checkUrls: [],
      checkTokens: [],
      checkEndpoints: new Map(),
      dataDir: '.coalmine/controller',
      storeMaxAge: '7d',
      storeMaxAgeMs: 604_800_000,
      storeMaxBytes: 2_147_483_648,
      anonymousRole: undefined,
      promoteApprovals: 1,
      webhookOrigins: [],
      alertSecrets: new Map(),
      publicUrl: undefined,
      smtpUrl: undefined,
      smtpFrom: undefined,
      smtpUser: undefined,
      smtpPassword: null,
    });
  });

  it('names whom checks may ask, and takes a token from another variable', () => {
    const { checkEndpoints } = readConfig({
      ...parts,
      CONTROLLER_CHECK_ENDPOINTS: 'release=https://ops.example.com/gate?team=a,prom=http://prom:9090',
      CONTROLLER_CHECK_TOKENS: 'prom=PROM_TOKEN',
      PROM_TOKEN: 'secret',
    });
    expect([...checkEndpoints]).toEqual([
      ['release', { url: 'https://ops.example.com/gate?team=a', token: null }],
      ['prom', { url: 'http://prom:9090', token: 'secret' }],
    ]);
  });

  it('keeps the secrets that Alerting documents name, from variables or files, and shows none', () => {
    const { alertSecrets } = readConfig({
      ...parts,
      CONTROLLER_ALERT_SECRETS: 'chat=CHAT,page=PAGE',
      CHAT: 'https://hooks.slack.com/T0',
      PAGE_FILE: '/run/secrets/page',
    });
    expect(JSON.stringify([...alertSecrets])).not.toContain('slack.com');
    expect(alertSecrets.get('page')).toEqual({ variable: 'PAGE', file: '/run/secrets/page' });
  });

  it.each([
    [{ CONTROLLER_PORT: '65536' }, /CONTROLLER_PORT is wrong/],
    [{ CONTROLLER_RECONCILE_EVERY_MS: '9' }, /CONTROLLER_RECONCILE_EVERY_MS is wrong/],
    [{ CONTROLLER_CHECK_ENDPOINTS: 'http://prom:9090' }, /CONTROLLER_CHECK_ENDPOINTS is wrong \(no name=…/],
    [{ CONTROLLER_CHECK_ENDPOINTS: 'prom=ftp://prom' }, /CONTROLLER_CHECK_ENDPOINTS is wrong \(no plain http/],
    [{ CONTROLLER_CHECK_ENDPOINTS: 'prom=http://u:p@prom' }, /CONTROLLER_CHECK_ENDPOINTS is wrong \(no plain http/],
    [{ CONTROLLER_CHECK_ENDPOINTS: 'a=http://a,a=http://b' }, /CONTROLLER_CHECK_ENDPOINTS is wrong \(a name twice/],
    [{ CONTROLLER_CHECK_TOKENS: 'prom=T', T: 'x' }, /names prom, which CONTROLLER_CHECK_ENDPOINTS has not/],
    [{ CONTROLLER_CHECK_ENDPOINTS: 'p=http://p', CONTROLLER_CHECK_TOKENS: 'p=LACKING' }, /LACKING is missing/],
    [{ REDIS_URL: 'localhost' }, /REDIS_URL is wrong/],
    [{ CONTROLLER_ALERT_SECRETS: 'https://hooks.slack.com/T0' }, /CONTROLLER_ALERT_SECRETS is wrong \(no name=…/],
    [
      { CONTROLLER_ALERT_SECRETS: 'chat=LACKING' },
      /LACKING is missing; CONTROLLER_ALERT_SECRETS wants the secret chat/,
    ],
    [{ CONTROLLER_PUBLIC_URL: 'coalmine' }, /CONTROLLER_PUBLIC_URL is wrong/],
    [{ CONTROLLER_SMTP_URL: 'smtp://u:p@mail' }, /CONTROLLER_SMTP_URL is wrong/],
    [{ CONTROLLER_SMTP_URL: 'smtp://mail:587' }, /CONTROLLER_SMTP_URL and CONTROLLER_SMTP_FROM need each other/],
    [{ CONTROLLER_ANONYMOUS_ROLE: 'pin' }, /CONTROLLER_ANONYMOUS_ROLE is wrong/],
    [{ CONTROLLER_WEBHOOK_ORIGINS: 'https://hooks.example.com/path' }, /CONTROLLER_WEBHOOK_ORIGINS is wrong/],
    [{ CONTROLLER_WEBHOOK_ORIGINS: 'hooks.example.com' }, /CONTROLLER_WEBHOOK_ORIGINS is wrong/],
  ])('%j is refused by name', (env, message) => expect(() => readConfig({ ...parts, ...env })).toThrow(message));

  it('is told by --help, option by option', () => {
    expect(ownHelp('controller', OPTIONS)).toMatchInlineSnapshot(`
      "controller is set by variables of its environment; an empty one counts as unset.

      … TOPICS_HELP

      REDIS_URL (needed)
          URL of Redis (redis://…)

      … REDIS_HELP

      LOG_LEVEL (default: info)
          level of the log: trace, debug, info, warn, error, fatal or silent

      CONTROLLER_PORT (default: 8090)
          port of the HTTP API, /livez, /readyz and /metrics

      CONTROLLER_HOST (default: 127.0.0.1)
          address the HTTP API listens on; keys go over it in plain text, so put TLS before it where you widen this

      CONTROLLER_DATA_DIR (default: .coalmine/controller)
          a folder for the store of what the topics hold, which is made anew from them if it is lost, and for the keys that are known, for a start while Redis is away or was wiped; one controller a folder

      CONTROLLER_STORE_MAX_AGE (default: 7d)
          how long exchanges, shadows, scores, feedback and windows can be asked for, at most as long as their topics keep them; e.g. 7d

      CONTROLLER_STORE_MAX_BYTES (default: 2147483648)
          what the store may take on disk; beyond it the oldest goes first

      CONTROLLER_ANONYMOUS_ROLE (default: none)
          role of callers without a key: view, propose, operate or admin; of no effect unless CONTROLLER_HOST is of loopback

      CONTROLLER_PROMOTE_APPROVALS (default: 1)
          how many people must ask for a promotion by hand, each with a key of their own: 1 or 2; the same at every controller

      CONTROLLER_WEBHOOK_ORIGINS (default: none)
          where webhooks of rollouts may lead that no admin applies, and receivers of alerts whoever applies them, as origins (https://hooks.example.com), comma-separated

      CONTROLLER_ALERT_SECRETS (default: none)
          as name=VARIABLE, comma-separated: which variable of the environment has the secret (key, address with a token) that Alerting documents call by that name; or VARIABLE_FILE, a file that holds it, read at each use

      CONTROLLER_PUBLIC_URL (default: none)
          address of the page, for the links in alerts

      CONTROLLER_SMTP_URL (default: none)
          server that mails about alerts go to, as smtp://host:port (STARTTLS where the server has it, and always with a user) or smtps://host:port

      CONTROLLER_SMTP_FROM (default: none)
          sender of those mails

      CONTROLLER_SMTP_USER (default: none)
          user at that server

      CONTROLLER_SMTP_PASSWORD (default: none)
          its password; or CONTROLLER_SMTP_PASSWORD_FILE, a file that holds it

      CONTROLLER_RECONCILE_EVERY_MS (default: 2000)
          how often Redis is compared with the decision log, in milliseconds

      CONTROLLER_CHECK_ENDPOINTS (default: none)
          whom the checks of rollouts and the gauges of agents may ask, as name=URL, comma-separated; documents give the names, and can give no address

      CONTROLLER_CHECK_TOKENS (default: none)
          as name=VARIABLE, comma-separated: which variable of the environment has the bearer token that the endpoint of that name gets
      "
    `);
  });
});
