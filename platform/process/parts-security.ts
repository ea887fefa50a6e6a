import { EnvError, type Secret, type Values } from './options.ts';
import { kafkaOptions, redisOptions, registryOptions } from './service-options.ts';
import { checkedTls, type TlsFiles } from './tls-files.ts';

/** How we show Kafka who we are. All of this is plain data: workers get it as it is, and secrets are read when they are used. */
export type KafkaSasl =
  | { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: Secret }
  | { mechanism: 'OAUTHBEARER'; token: Secret | TokenEndpoint; extensions: Record<string, string> };

/** Where tokens are had by client credentials (RFC 6749, 4.4). */
export type TokenEndpoint = { url: string; clientId: string; clientSecret: Secret; scope: string | null };

export type KafkaSecurity = { tls: TlsFiles; sasl: KafkaSasl | null };
/** Kafka's addresses; without `kafkaSecurity` it is spoken to in plain text. */
export type KafkaAccess = { brokers: string[]; kafkaSecurity?: KafkaSecurity | undefined };

export type RegistrySecurity = {
  tls: TlsFiles;
  credentials: { username: string; password: Secret } | { token: Secret } | null;
};
export type RegistryAccess = { registryUrl: string; registrySecurity?: RegistrySecurity | undefined };

export type RedisSecurity = { tls: TlsFiles | null; username: string | null; password: Secret | null };
export type RedisAccess = { redisUrl: string; redisSecurity?: RedisSecurity | undefined };

type KafkaValues = Values<typeof kafkaOptions>;
type RegistryValues = Values<typeof registryOptions>;
type RedisValues = Values<typeof redisOptions>;

/** Throws EnvError with a line for each that is missing. */
const needed = <T>(value: T | null | undefined, name: string, why: string): T => {
  if (value === null || value === undefined) throw new EnvError(`${name} is missing; ${why}`);
  return value;
};

const extensionsOf = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(
    (text ?? '')
      .split(',')
      .filter(Boolean)
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );

const tokenOf = (given: KafkaValues): Secret | TokenEndpoint => {
  const { kafkaToken, kafkaTokenUrl: url } = given;
  if (kafkaToken !== null && url !== undefined)
    throw new EnvError(
      'KAFKA_SASL_OAUTHBEARER_TOKEN and KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL are both set; keep one',
    );
  if (kafkaToken !== null) return kafkaToken;
  const why = 'KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL needs it';
  return {
    url: needed(
      url,
      'KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL',
      'OAUTHBEARER needs it, or KAFKA_SASL_OAUTHBEARER_TOKEN_FILE',
    ),
    clientId: needed(given.kafkaTokenClient, 'KAFKA_SASL_OAUTHBEARER_CLIENT_ID', why),
    clientSecret: needed(given.kafkaTokenSecret, 'KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET', why),
    scope: given.kafkaTokenScope ?? null,
  };
};

const saslOf = (given: KafkaValues): KafkaSasl => {
  const mechanism = needed(given.kafkaMechanism, 'KAFKA_SASL_MECHANISM', 'SASL_SSL needs it');
  if (mechanism === 'OAUTHBEARER')
    return { mechanism, token: tokenOf(given), extensions: extensionsOf(given.kafkaTokenExtensions) };
  return {
    mechanism,
    username: needed(given.kafkaUser, 'KAFKA_SASL_USERNAME', `${mechanism} needs it`),
    password: needed(given.kafkaPassword, 'KAFKA_SASL_PASSWORD', `${mechanism} needs it`),
  };
};

/** What is set though the protocol has no use for it: better said than sent in plain text, or not at all. */
const refuseUnused = ({ kafkaProtocol, ...given }: KafkaValues): void => {
  const isSet = (value: unknown): boolean => value !== undefined && value !== null;
  const sasl = [given.kafkaMechanism, given.kafkaUser, given.kafkaPassword, given.kafkaToken, given.kafkaTokenUrl];
  if (kafkaProtocol !== 'SASL_SSL' && sasl.some(isSet))
    throw new EnvError(
      `KAFKA_SASL_… is set and KAFKA_SECURITY_PROTOCOL is ${kafkaProtocol}; set it to SASL_SSL: a password goes over TLS alone`,
    );
  if (kafkaProtocol === 'PLAINTEXT' && [given.kafkaCa, given.kafkaCertificate, given.kafkaKey].some(isSet))
    throw new EnvError('KAFKA_SSL_… is set and KAFKA_SECURITY_PROTOCOL is PLAINTEXT; set it to SSL or SASL_SSL');
};

/** How Kafka is spoken to; nothing where it is in plain text. Throws EnvError for settings that don't go together. */
export const kafkaSecurityOf = (given: KafkaValues): { kafkaSecurity?: KafkaSecurity } => {
  refuseUnused(given);
  if (given.kafkaProtocol === 'PLAINTEXT') return {};
  const files = { ca: given.kafkaCa, certificate: given.kafkaCertificate, key: given.kafkaKey };
  const tls = checkedTls('KAFKA', files, given.kafkaKeyPassword);
  return { kafkaSecurity: { tls, sasl: given.kafkaProtocol === 'SASL_SSL' ? saslOf(given) : null } };
};

const hasUser = (url: string): boolean => new URL(url).password !== '';

/** As whom the registry is asked; nothing where anybody may. Throws EnvError for settings that don't go together. */
export const registrySecurityOf = (given: RegistryValues): { registrySecurity?: RegistrySecurity } => {
  const { registryUrl, registryUser, registryPassword, registryToken, registryCa } = given;
  const isUser = registryUser !== undefined || registryPassword !== null;
  if ([isUser, registryToken !== null, hasUser(registryUrl)].filter(Boolean).length > 1)
    throw new EnvError(
      'SCHEMA_REGISTRY_USERNAME, SCHEMA_REGISTRY_TOKEN and a user in SCHEMA_REGISTRY_URL exclude each other; keep one',
    );
  if (registryCa !== undefined && !registryUrl.startsWith('https:'))
    throw new EnvError(
      'SCHEMA_REGISTRY_SSL_CA_LOCATION is set and SCHEMA_REGISTRY_URL is no https URL; set both, or neither',
    );
  const tls = checkedTls('SCHEMA_REGISTRY', { ca: registryCa });
  if (registryToken !== null) return { registrySecurity: { tls, credentials: { token: registryToken } } };
  const credentials = isUser
    ? {
        username: needed(registryUser, 'SCHEMA_REGISTRY_USERNAME', 'SCHEMA_REGISTRY_PASSWORD needs it'),
        password: needed(registryPassword, 'SCHEMA_REGISTRY_PASSWORD', 'SCHEMA_REGISTRY_USERNAME needs it'),
      }
    : null;
  return credentials === null && registryCa === undefined ? {} : { registrySecurity: { tls, credentials } };
};

/** As whom Redis is spoken to; nothing where the URL says it all. Throws EnvError for settings that don't go together. */
export const redisSecurityOf = (given: RedisValues): { redisSecurity?: RedisSecurity } => {
  const { redisUrl, redisUser, redisPassword, redisCa, redisCertificate, redisKey } = given;
  const isTls = redisUrl.startsWith('rediss:');
  if (!isTls && [redisCa, redisCertificate, redisKey].some((file) => file !== undefined))
    throw new EnvError('REDIS_SSL_… is set and REDIS_URL begins with redis://; with rediss:// it goes over TLS');
  if (redisUser !== undefined) needed(redisPassword, 'REDIS_PASSWORD', 'REDIS_USERNAME needs it');
  if (redisPassword !== null && hasUser(redisUrl))
    throw new EnvError('REDIS_PASSWORD is set and REDIS_URL has a password, too; keep one');
  const tls = isTls ? checkedTls('REDIS', { ca: redisCa, certificate: redisCertificate, key: redisKey }) : null;
  if (tls === null && redisPassword === null) return {};
  return { redisSecurity: { tls, username: redisUser ?? null, password: redisPassword } };
};

type Security = { kafkaSecurity?: KafkaSecurity; registrySecurity?: RegistrySecurity; redisSecurity?: RedisSecurity };

const allOf = <S extends Security>(...parts: (() => S)[]): S => {
  const complaints: string[] = [];
  const found = parts.map((part) => {
    try {
      return part();
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      complaints.push(error.message);
      return {};
    }
  });
  if (complaints.length > 0) throw new EnvError(complaints.join('\n'));
  return Object.assign({}, ...found) as S;
};

/** Of a program that has no use for Redis. Throws EnvError with a line for each that is wrong. */
export const topicsSecurityOf = (given: KafkaValues & RegistryValues): Omit<Security, 'redisSecurity'> =>
  allOf<Omit<Security, 'redisSecurity'>>(
    () => kafkaSecurityOf(given),
    () => registrySecurityOf(given),
  );

type Raw =
  | Exclude<keyof KafkaValues, 'brokers'>
  | Exclude<keyof RegistryValues, 'registryUrl'>
  | Exclude<keyof RedisValues, 'redisUrl'>;
const ADDRESSES = ['brokers', 'registryUrl', 'redisUrl'];
const RAW: ReadonlySet<string> = new Set(
  Object.keys({ ...kafkaOptions, ...registryOptions, ...redisOptions }).filter((name) => !ADDRESSES.includes(name)),
);

const withoutRaw = <V extends object>(values: V): Omit<V, Raw> =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !RAW.has(name))) as Omit<V, Raw>;

/** A service's values, with how the parts are spoken to in place of the options that say it. Throws EnvError. */
export const withSecurity = <V extends KafkaValues & RegistryValues & RedisValues>(
  values: V,
): Omit<V, Raw> & Security => ({
  ...withoutRaw(values),
  ...allOf<Security>(
    () => kafkaSecurityOf(values),
    () => registrySecurityOf(values),
    () => redisSecurityOf(values),
  ),
});

/** The same of a service that has no use for Redis. */
export const withTopicsSecurity = <V extends KafkaValues & RegistryValues>(
  values: V,
): Omit<V, Raw> & Omit<Security, 'redisSecurity'> => ({ ...withoutRaw(values), ...topicsSecurityOf(values) });
