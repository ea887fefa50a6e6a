import { z } from 'zod';
import { option, secretOption } from './options.ts';

const addresses = z.string().regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/);
const text = z.string().optional();
const TRUSTED = 'without it, those that Node trusts';

/** Where Kafka is, and how it is spoken to; the names are those that librdkafka and Confluent's images have. */
export const kafkaOptions = {
  brokers: option(
    'KAFKA_BROKERS',
    addresses.transform((list) => list.split(',')),
    'host:port of Kafka brokers, comma-separated',
  ),
  kafkaProtocol: option(
    'KAFKA_SECURITY_PROTOCOL',
    z.enum(['PLAINTEXT', 'SSL', 'SASL_SSL']).default('PLAINTEXT'),
    'PLAINTEXT, SSL, or SASL_SSL; a password without TLS (SASL_PLAINTEXT) is refused',
  ),
  kafkaCa: option('KAFKA_SSL_CA_LOCATION', text, `file with the CA that signed the brokers' certificates; ${TRUSTED}`),
  kafkaCertificate: option(
    'KAFKA_SSL_CERTIFICATE_LOCATION',
    text,
    'file with our own certificate chain, for mutual TLS; with KAFKA_SSL_KEY_LOCATION',
  ),
  kafkaKey: option('KAFKA_SSL_KEY_LOCATION', text, 'file with the private key of that certificate'),
  kafkaKeyPassword: secretOption('KAFKA_SSL_KEY_PASSWORD', text, 'password of that private key'),
  kafkaMechanism: option(
    'KAFKA_SASL_MECHANISM',
    z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']).optional(),
    'with SASL_SSL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER',
  ),
  kafkaUser: option('KAFKA_SASL_USERNAME', text, 'user, or API key, for PLAIN and SCRAM'),
  kafkaPassword: secretOption('KAFKA_SASL_PASSWORD', text, 'its password, or API secret'),
  kafkaToken: secretOption(
    'KAFKA_SASL_OAUTHBEARER_TOKEN',
    text,
    'token for OAUTHBEARER, where something else renews it',
  ),
  kafkaTokenUrl: option(
    'KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL',
    z
      .string()
      .regex(/^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1)[:/]/, 'no https URL')
      .optional(),
    'where OAUTHBEARER gets its tokens with client credentials, and new ones before they expire',
  ),
  kafkaTokenClient: option('KAFKA_SASL_OAUTHBEARER_CLIENT_ID', text, 'the client id that the token endpoint knows'),
  kafkaTokenSecret: secretOption('KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET', text, 'its client secret'),
  kafkaTokenScope: option('KAFKA_SASL_OAUTHBEARER_SCOPE', text, 'the scope to ask the token endpoint for'),
  kafkaTokenExtensions: option(
    'KAFKA_SASL_OAUTHBEARER_EXTENSIONS',
    z
      .string()
      .regex(/^[A-Za-z]+=[\x20-\x2b\x2d-\x7e]+(,[A-Za-z]+=[\x20-\x2b\x2d-\x7e]+)*$/, 'no name=value')
      .optional(),
    'name=value, comma-separated, sent to the broker with the token (Confluent Cloud: logicalCluster, identityPoolId)',
  ),
};

/** Where the schema registry is, and as whom we ask it. */
export const registryOptions = {
  registryUrl: option('SCHEMA_REGISTRY_URL', z.string().regex(/^https?:\/\//), 'URL of the schema registry (http://…)'),
  registryUser: option('SCHEMA_REGISTRY_USERNAME', text, 'user, or API key, for basic authentication at the registry'),
  registryPassword: secretOption('SCHEMA_REGISTRY_PASSWORD', text, 'its password, or API secret'),
  registryToken: secretOption('SCHEMA_REGISTRY_TOKEN', text, 'bearer token for the registry, in place of a user'),
  registryCa: option('SCHEMA_REGISTRY_SSL_CA_LOCATION', text, `file with the CA of an https registry; ${TRUSTED}`),
};

/** Where Redis is, and as whom we speak to it. */
export const redisOptions = {
  redisUrl: option('REDIS_URL', z.string().regex(/^rediss?:\/\//), 'URL of Redis (redis://…)'),
  redisUser: option('REDIS_USERNAME', text, 'user of an access list (ACL); without it, `default`'),
  redisPassword: secretOption('REDIS_PASSWORD', text, 'its password'),
  redisCa: option('REDIS_SSL_CA_LOCATION', text, `file with the CA of a Redis behind TLS (rediss://…); ${TRUSTED}`),
  redisCertificate: option(
    'REDIS_SSL_CERTIFICATE_LOCATION',
    text,
    'file with our own certificate chain, where Redis asks for one; with REDIS_SSL_KEY_LOCATION',
  ),
  redisKey: option('REDIS_SSL_KEY_LOCATION', text, 'file with the private key of that certificate'),
};

/** The options that services share: where Kafka, the registry and Redis are, and how much is logged. */
export const partsOptions = {
  ...kafkaOptions,
  ...registryOptions,
  ...redisOptions,
  logLevel: option(
    'LOG_LEVEL',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    'level of the log: trace, debug, info, warn, error, fatal or silent',
  ),
};

/** Where a service without an API of its own serves /livez, /readyz and /metrics. `prefix` begins its variables. */
export const healthOptions = (prefix: string, port: number) => ({
  healthHost: option(
    `${prefix}_HEALTH_HOST`,
    z.string().default('127.0.0.1'),
    'the address that /livez, /readyz and /metrics listen on; no key is asked for, so let only your monitoring reach a wider one',
  ),
  healthPort: option(
    `${prefix}_HEALTH_PORT`,
    z.coerce.number().int().min(0).default(port),
    'port of /livez, /readyz and /metrics',
  ),
});
