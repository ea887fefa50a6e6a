import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readKafkaAccess, readRedisAccess, readRegistryAccess } from './parts-access.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'security-'));
const broken = path.join(folder, 'broken.pem');
writeFileSync(broken, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
afterAll(() => rmSync(folder, { recursive: true }));

const KAFKA = { KAFKA_BROKERS: 'kafka:9093' };
const SASL = { ...KAFKA, KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' };
const TOKENS = { ...SASL, KAFKA_SASL_MECHANISM: 'OAUTHBEARER' };
const REGISTRY = { SCHEMA_REGISTRY_URL: 'https://registry' };
const REDIS = { REDIS_URL: 'rediss://redis' };

it('speaks plain text to parts of which no more is said than where they are', () => {
  expect(readKafkaAccess(KAFKA)).toEqual({ brokers: ['kafka:9093'] });
  expect(readRegistryAccess(REGISTRY)).toEqual({ registryUrl: 'https://registry' });
  expect(readRedisAccess({ REDIS_URL: 'redis://redis' })).toEqual({ redisUrl: 'redis://redis' });
});

it('takes what Confluent Cloud asks for: an API key for Kafka, and one for the registry', () => {
  const kafka = { ...SASL, KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'key', KAFKA_SASL_PASSWORD: 'secret' };
  expect(readKafkaAccess(kafka).kafkaSecurity?.sasl).toMatchObject({ mechanism: 'PLAIN', username: 'key' });
  const registry = { ...REGISTRY, SCHEMA_REGISTRY_USERNAME: 'key', SCHEMA_REGISTRY_PASSWORD: 'secret' };
  expect(readRegistryAccess(registry).registrySecurity?.credentials).toMatchObject({ username: 'key' });
  const cloud = {
    ...TOKENS,
    KAFKA_SASL_OAUTHBEARER_TOKEN: 't',
    KAFKA_SASL_OAUTHBEARER_EXTENSIONS: 'logicalCluster=lkc-1,identityPoolId=pool-2',
  };
  expect(readKafkaAccess(cloud).kafkaSecurity?.sasl).toMatchObject({
    extensions: { logicalCluster: 'lkc-1', identityPoolId: 'pool-2' },
  });
});

it.each([
  ['a mechanism without TLS', { ...KAFKA, KAFKA_SASL_MECHANISM: 'PLAIN' }, /a password goes over TLS alone$/],
  [
    'a password with TLS and no SASL',
    { ...KAFKA, KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SASL_PASSWORD: 'x' },
    /set it to SASL_SSL/,
  ],
  [
    'a password in the clear',
    { ...KAFKA, KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' },
    /^KAFKA_SECURITY_PROTOCOL is wrong/,
  ],
  ['no mechanism', SASL, /^KAFKA_SASL_MECHANISM is missing; SASL_SSL needs it$/],
  ['no user', { ...SASL, KAFKA_SASL_MECHANISM: 'PLAIN' }, /^KAFKA_SASL_USERNAME is missing; PLAIN needs it$/],
  ['no token', TOKENS, /^KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL is missing; OAUTHBEARER needs it, or KAFKA_SASL/],
  [
    'a client without a secret',
    {
      ...TOKENS,
      KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: 'https://idp/token',
      KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'me',
    },
    /^KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET is missing/,
  ],
  [
    'a secret sent in the clear',
    { ...TOKENS, KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: 'http://idp.example.com/token' },
    /TOKEN_ENDPOINT_URL is wrong \(no https URL\)/,
  ],
  ['files without TLS', { ...KAFKA, KAFKA_SSL_CA_LOCATION: broken }, /PLAINTEXT; set it to SSL or SASL_SSL$/],
  [
    'a certificate without its key',
    { ...KAFKA, KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERTIFICATE_LOCATION: broken },
    /^KAFKA_SSL_CERTIFICATE_LOCATION and KAFKA_SSL_KEY_LOCATION go together; set both, or neither$/,
  ],
  [
    'a file that is not there',
    { ...KAFKA, KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA_LOCATION: '/lost/ca.pem' },
    /^KAFKA_SSL_CA_LOCATION can't be used: \/lost\/ca.pem can't be read \(ENOENT\)$/,
  ],
  [
    'a file that is no certificate',
    { ...KAFKA, KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA_LOCATION: broken },
    /^KAFKA_SSL_CA_LOCATION can't be used: /,
  ],
])('refuses Kafka with %s, by name', (_what, env, message) => expect(() => readKafkaAccess(env)).toThrow(message));

it.each([
  [{ ...REGISTRY, SCHEMA_REGISTRY_USERNAME: 'u' }, /^SCHEMA_REGISTRY_PASSWORD is missing/],
  [{ ...REGISTRY, SCHEMA_REGISTRY_PASSWORD: 'p' }, /^SCHEMA_REGISTRY_USERNAME is missing/],
  [{ SCHEMA_REGISTRY_URL: 'https://u:p@registry', SCHEMA_REGISTRY_TOKEN: 't' }, /exclude each other; keep one$/],
  [{ SCHEMA_REGISTRY_URL: 'http://registry', SCHEMA_REGISTRY_SSL_CA_LOCATION: broken }, /is no https URL/],
])('refuses a registry with %j', (env, message) => expect(() => readRegistryAccess(env)).toThrow(message));

it.each([
  [{ ...REDIS, REDIS_USERNAME: 'u' }, /^REDIS_PASSWORD is missing; REDIS_USERNAME needs it$/],
  [{ REDIS_URL: 'redis://:p@redis', REDIS_PASSWORD: 'p' }, /too; keep one$/],
  [{ REDIS_URL: 'redis://redis', REDIS_SSL_CA_LOCATION: broken }, /with rediss:\/\/ it goes over TLS$/],
])('refuses Redis with %j', (env, message) => expect(() => readRedisAccess(env)).toThrow(message));
