import { z } from 'zod';
import { EnvError, partsEnv, readEnv } from '../platform/process/env.ts';
import { EXAMINATIONS } from './scorers/examinations.ts';
import type { SpendLimits } from './models/spend.ts';

const count = z.coerce.number().int().positive();
const price = z.coerce.number().nonnegative().default(0);
const limit = z.coerce.number().nonnegative().default(Number.POSITIVE_INFINITY);
const share = z.coerce.number().min(0).max(1);
/** One with a password would be quoted by the error of the call, which stands in scores. */
const url = z
  .union([z.literal(''), z.url({ protocol: /^https?$/ })])
  .refine(
    (text) => !URL.canParse(text) || new URL(text).username + new URL(text).password === '',
    'a URL without a user',
  )
  .default('');
const text = z.string().default('');
/** What can't stand in a header would be quoted, key and all, by the error of the call. */
const key = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]*$/, 'printable ASCII characters without spaces')
  .default('');

const Env = z.object({
  KAFKA_BROKERS: partsEnv.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: partsEnv.SCHEMA_REGISTRY_URL,
  REDIS_URL: z
    .union([z.literal(''), partsEnv.REDIS_URL])
    .default('')
    .describe('URL of Redis (redis://…)'),
  JUDGE_INSTANCE: z.string().default('judge-1').describe('name of this process among the judges, part of its source'),
  JUDGE_HEALTH_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('the address that /livez, /readyz and /metrics listen on'),
  JUDGE_HEALTH_PORT: z.coerce.number().int().min(0).default(8083).describe('port of /livez, /readyz and /metrics'),
  JUDGE_CONCURRENCY: count.default(64).describe('exchanges and shadows scored by rules at the same time'),
  JUDGE_REFERENCES_BFCL: text.describe('a folder in BFCL’s form with accepted answers'),
  JUDGE_RUBRICS: text.describe('YAML files with rubrics, comma-separated'),
  JUDGE_METRICS: text.describe('built-in metrics that need a model, comma-separated'),
  JUDGE_MODEL_URL: url.describe('base URL of the judge model’s OpenAI-compatible API, such as https://host/v1'),
  JUDGE_MODEL: text.describe('name of the judge model, which stands in each of its scores'),
  JUDGE_MODEL_FAMILY: text.describe('family of the judge model (gpt, claude, …), where its name does not tell it'),
  JUDGE_API_KEY: key.describe('bearer token for the judge model'),
  JUDGE_PROMPT_USD_PER_MILLION: price.describe('price of a million prompt tokens of the judge model, in US dollars'),
  JUDGE_COMPLETION_USD_PER_MILLION: price.describe('price of a million completion tokens of the judge model'),
  JUDGE_CHEAP_MODEL: text.describe('name of a cheaper judge model, which is asked first'),
  JUDGE_CHEAP_MODEL_URL: url.describe('base URL of the cheap judge’s API, if it is another than JUDGE_MODEL_URL'),
  JUDGE_CHEAP_MODEL_FAMILY: text.describe('family of the cheap judge model, where its name does not tell it'),
  JUDGE_CHEAP_API_KEY: key.describe('bearer token for the cheap judge model'),
  JUDGE_CHEAP_PROMPT_USD_PER_MILLION: price.describe('price of a million prompt tokens of the cheap judge model'),
  JUDGE_CHEAP_COMPLETION_USD_PER_MILLION: price.describe('price of a million completion tokens of it'),
  JUDGE_UNCERTAIN_BAND: share
    .default(0.2)
    .describe(
      'how near to the middle (0.5) a cheap judge’s value may be before the strong judge is asked, from 0 to 1',
    ),
  JUDGE_MIN_CONFIDENCE: share
    .default(0.6)
    .describe('how sure a cheap judge must be of a pair, lest the strong judge be asked, from 0 to 1'),
  JUDGE_EMBEDDINGS_MODEL: text.describe('embedding model behind JUDGE_MODEL_URL, for semantic_similarity'),
  JUDGE_EMBEDDINGS_USD_PER_MILLION: price.describe('price of a million tokens of the embedding model'),
  JUDGE_REPLY_FORMAT: z
    .enum(['json_object', 'json_schema', 'text'])
    .default('json_object')
    .describe('response_format that the endpoint takes: json_object, json_schema, or text for none'),
  JUDGE_TIMEOUT_MS: count.default(30_000).describe('milliseconds for one call of a model'),
  JUDGE_MODEL_CONCURRENCY: count.default(8).describe('calls of one model at the same time'),
  JUDGE_REQUESTS_PER_MINUTE: z.coerce
    .number()
    .positive()
    .default(Number.POSITIVE_INFINITY)
    .describe('calls of one model in a minute, evenly spaced'),
  JUDGE_MAX_USD_PER_HOUR: limit.describe(
    'US dollars for models in a clock hour; beyond it scores are shed and counted',
  ),
  JUDGE_MAX_TOKENS_PER_HOUR: limit.describe('tokens for models in a clock hour; beyond it scores are shed and counted'),
  JUDGE_MAX_WAITING: count
    .default(2_000)
    .describe('scores that wait for a model at the same time; beyond it they are shed and counted'),
});

/** An endpoint and a model behind it. `family` is '' where the model's name is to tell it. */
export type ModelConfig = {
  url: string;
  name: string;
  family: string;
  apiKey: string;
  timeoutMs: number;
  replyFormat: 'json_object' | 'json_schema' | 'text';
  prices: { promptUsdPerMillion: number; completionUsdPerMillion: number };
};

export type LlmConfig = {
  redisUrl: string;
  rubricFiles: string[];
  /** Names of built-in metrics that need a model. */
  metrics: string[];
  /** The cheap one first. */
  models: ModelConfig[];
  embeddings: ModelConfig | null;
  concurrency: number;
  requestsPerMinute: number;
  limits: SpendLimits;
  maxWaiting: number;
  uncertainBand: number;
  minConfidence: number;
};

export type Config = {
  brokers: string[];
  registryUrl: string;
  instance: string;
  healthHost: string;
  healthPort: number;
  concurrency: number;
  referencesDir: string | null;
  /** Null where nothing needs a model: then none is asked. */
  llm: LlmConfig | null;
};

type Read = z.output<typeof Env>;

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);

const modelsOf = (env: Read): ModelConfig[] => {
  const { JUDGE_TIMEOUT_MS: timeoutMs, JUDGE_REPLY_FORMAT: replyFormat } = env;
  const strong = {
    url: env.JUDGE_MODEL_URL,
    name: env.JUDGE_MODEL,
    family: env.JUDGE_MODEL_FAMILY,
    apiKey: env.JUDGE_API_KEY,
    timeoutMs,
    replyFormat,
    prices: {
      promptUsdPerMillion: env.JUDGE_PROMPT_USD_PER_MILLION,
      completionUsdPerMillion: env.JUDGE_COMPLETION_USD_PER_MILLION,
    },
  };
  if (env.JUDGE_CHEAP_MODEL === '') return [strong];
  if (env.JUDGE_CHEAP_MODEL === env.JUDGE_MODEL && env.JUDGE_CHEAP_MODEL_URL === '')
    throw new EnvError('JUDGE_CHEAP_MODEL is the same model as JUDGE_MODEL; name a cheaper one, or leave it out');
  const cheap = {
    url: env.JUDGE_CHEAP_MODEL_URL || env.JUDGE_MODEL_URL,
    name: env.JUDGE_CHEAP_MODEL,
    family: env.JUDGE_CHEAP_MODEL_FAMILY,
    apiKey: env.JUDGE_CHEAP_API_KEY || (env.JUDGE_CHEAP_MODEL_URL === '' ? env.JUDGE_API_KEY : ''),
    timeoutMs,
    replyFormat,
    prices: {
      promptUsdPerMillion: env.JUDGE_CHEAP_PROMPT_USD_PER_MILLION,
      completionUsdPerMillion: env.JUDGE_CHEAP_COMPLETION_USD_PER_MILLION,
    },
  };
  return [cheap, strong];
};

const embeddingsOf = (env: Read, { url, apiKey, timeoutMs, replyFormat }: ModelConfig): ModelConfig | null =>
  env.JUDGE_EMBEDDINGS_MODEL === ''
    ? null
    : {
        url,
        apiKey,
        timeoutMs,
        replyFormat,
        name: env.JUDGE_EMBEDDINGS_MODEL,
        family: '',
        prices: { promptUsdPerMillion: env.JUDGE_EMBEDDINGS_USD_PER_MILLION, completionUsdPerMillion: 0 },
      };

/** A limit in money that no price ever fills would be none. */
const checkPrices = (env: Read, models: readonly (ModelConfig | null)[]): void => {
  const isPriced = models.some((one) => one && one.prices.promptUsdPerMillion + one.prices.completionUsdPerMillion > 0);
  if (isPriced || env.JUDGE_MAX_USD_PER_HOUR === Number.POSITIVE_INFINITY) return;
  throw new EnvError(
    'JUDGE_MAX_USD_PER_HOUR needs prices; set JUDGE_PROMPT_USD_PER_MILLION and JUDGE_COMPLETION_USD_PER_MILLION, or limit tokens by JUDGE_MAX_TOKENS_PER_HOUR',
  );
};

/** What asks for a model, in the order in which an operator is told of what is missing. */
const ASKERS = ['JUDGE_RUBRICS', 'JUDGE_METRICS', 'JUDGE_EMBEDDINGS_MODEL'] as const;

const llmOf = (env: Read): LlmConfig | null => {
  const asker = ASKERS.find((name) => env[name] !== '');
  if (asker === undefined) return null;
  const isJudgeNeeded = asker !== 'JUDGE_EMBEDDINGS_MODEL';
  for (const name of ['JUDGE_MODEL_URL', ...(isJudgeNeeded ? ['JUDGE_MODEL' as const] : [])] as const)
    if (env[name] === '') throw new EnvError(`${name} is missing; ${asker} is set, and needs a model`);
  if (env.REDIS_URL === '')
    throw new EnvError(`REDIS_URL is missing; ${asker} is set, and Redis says which share of a rollout is judged`);
  const metrics = listOf(env.JUDGE_METRICS);
  const unknown = metrics.filter((name) => !Object.hasOwn(EXAMINATIONS, name));
  if (unknown.length > 0) {
    const known = Object.keys(EXAMINATIONS).join(', ');
    throw new EnvError(`JUDGE_METRICS names ${unknown.join(', ')}, which no model is asked for; it may name ${known}`);
  }
  const models = modelsOf(env);
  const embeddings = embeddingsOf(env, models.at(-1)!);
  checkPrices(env, [...models, embeddings]);
  return {
    redisUrl: env.REDIS_URL,
    rubricFiles: listOf(env.JUDGE_RUBRICS),
    metrics: [...new Set(metrics)],
    models,
    embeddings,
    concurrency: env.JUDGE_MODEL_CONCURRENCY,
    requestsPerMinute: env.JUDGE_REQUESTS_PER_MINUTE,
    limits: { maxUsd: env.JUDGE_MAX_USD_PER_HOUR, maxTokens: env.JUDGE_MAX_TOKENS_PER_HOUR },
    maxWaiting: env.JUDGE_MAX_WAITING,
    uncertainBand: env.JUDGE_UNCERTAIN_BAND,
    minConfidence: env.JUDGE_MIN_CONFIDENCE,
  };
};

/** Throws EnvError, one line for each bad or missing variable. */
export const readConfig = (env: NodeJS.ProcessEnv): Config => {
  const read = readEnv(Env, env);
  return {
    brokers: read.KAFKA_BROKERS.split(','),
    registryUrl: read.SCHEMA_REGISTRY_URL,
    instance: read.JUDGE_INSTANCE,
    healthHost: read.JUDGE_HEALTH_HOST,
    healthPort: read.JUDGE_HEALTH_PORT,
    concurrency: read.JUDGE_CONCURRENCY,
    referencesDir: read.JUDGE_REFERENCES_BFCL || null,
    llm: llmOf(read),
  };
};
