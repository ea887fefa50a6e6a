import { z } from 'zod';

/** What the environment of a service must say, one line a variable. */
export class EnvError extends Error {
  override name = 'EnvError';
}

const brokers = /^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/;

/** The variables that every service shares. */
export const partsEnv = {
  KAFKA_BROKERS: z.string().regex(brokers).describe('host:port of Kafka brokers, comma-separated'),
  SCHEMA_REGISTRY_URL: z
    .string()
    .regex(/^https?:\/\//)
    .describe('URL of the schema registry (http://…)'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//)
    .describe('URL of Redis (redis://…)'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('trace, debug, info, warn, error, fatal or silent'),
};

const complaint = (schema: z.ZodObject, env: NodeJS.ProcessEnv, issue: z.core.$ZodIssue): string => {
  const name = String(issue.path[0] ?? '');
  const wants = schema.shape[name] ? z.globalRegistry.get(schema.shape[name] as z.ZodType)?.description : undefined;
  const isMissing = (env[name] ?? '') === '';
  return `${name} ${isMissing ? 'is missing' : `is wrong (${issue.message})`}${wants ? `; it wants ${wants}` : ''}`;
};

/**
 * The environment through the schema. An empty variable counts as unset. Throws EnvError with one line for each bad or
 * missing variable: its name and what it wants, never its value.
 */
export const readEnv = <S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): z.output<S> => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new EnvError(parsed.error.issues.map((issue) => complaint(schema, env, issue)).join('\n'));
};
