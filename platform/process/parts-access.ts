import { readOptions } from './options.ts';
import {
  type KafkaAccess,
  kafkaSecurityOf,
  type RedisAccess,
  redisSecurityOf,
  type RegistryAccess,
  registrySecurityOf,
  topicsSecurityOf,
} from './parts-security.ts';
import { kafkaOptions, redisOptions, registryOptions } from './service-options.ts';

/** Kafka as the environment gives it, and how it is spoken to. Throws EnvError, a line for each bad variable. */
export const readKafkaAccess = (env: NodeJS.ProcessEnv): KafkaAccess => {
  const values = readOptions(kafkaOptions, env);
  return { brokers: values.brokers, ...kafkaSecurityOf(values) };
};

/** The same of the registry. */
export const readRegistryAccess = (env: NodeJS.ProcessEnv): RegistryAccess => {
  const values = readOptions(registryOptions, env);
  return { registryUrl: values.registryUrl, ...registrySecurityOf(values) };
};

/** The same of Kafka and the registry together: what reads or writes records. */
export const readTopicsAccess = (env: NodeJS.ProcessEnv): KafkaAccess & RegistryAccess => {
  const values = readOptions({ ...kafkaOptions, ...registryOptions }, env);
  const { brokers, registryUrl } = values;
  return { brokers, registryUrl, ...topicsSecurityOf(values) };
};

/** The same of Redis. */
export const readRedisAccess = (env: NodeJS.ProcessEnv): RedisAccess => {
  const values = readOptions(redisOptions, env);
  return { redisUrl: values.redisUrl, ...redisSecurityOf(values) };
};
