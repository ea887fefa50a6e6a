import { z } from 'zod';
import {
  EnvError,
  option,
  readOptions,
  type Secret,
  secretOption,
  secretText,
  type Values,
} from '../platform/process/options.ts';
import { redisSecurityOf, type RedisAccess, withTopicsSecurity } from '../platform/process/parts-security.ts';
import { healthOptions, partsOptions } from '../platform/process/service-options.ts';
import { plainUrlProblem } from '../schemas/plain-url.ts';
import { EXAMINATIONS } from './scorers/examinations.ts';
import type { SpendLimits } from './models/spend.ts';

const count = z.coerce.number().int().positive();
const price = z.coerce.number().nonnegative().default(0);
const limit = z.coerce.number().nonnegative().default(Number.POSITIVE_INFINITY);
const share = z.coerce.number().min(0).max(1);
/** One with a password would be quoted by the error of the call, which stands in scores. */
const url = z
  .string()
  .check(({ value, issues }) => {
    const problem = value === '' ? null : plainUrlProblem(value);
    if (problem !== null) issues.push({ code: 'custom', message: problem, input: value });
  })
  .default('');
const text = z.string().default('');
/** Entries apart by commas, without the spaces around them. */
const list = z
  .string()
  .transform((entries) =>
    entries
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  )
  .default([]);
/** What can't stand in a header would be quoted, key and all, by the error of the call. */
const key = z
  .string()
  .trim()
  .regex(/^[\x21-\x7e]*$/, 'printable ASCII characters without spaces')
  .optional();
const keyText = (secret: Secret | null): string => (secret === null ? '' : secretText(secret).trim());

const { redisUrl } = partsOptions;

export const OPTIONS = {
  ...partsOptions,
  instance: option(
    'JUDGE_INSTANCE',
    z.string().default('judge-1'),
    'name of this process among the judges, part of its source',
  ),
  ...healthOptions('JUDGE', 8083),
  concurrency: option(
    'JUDGE_CONCURRENCY',
    count.default(512),
    'exchanges and shadows scored by rules at the same time, which is until their sheets are in the topic',
  ),
  maxLagMs: option(
    'JUDGE_MAX_LAG_MS',
    count.default(15_000),
    'milliseconds that a busy judge may be behind before it scores a share of the answers; it then aims for half of them',
  ),
  referencesDir: option(
    'JUDGE_REFERENCES_BFCL',
    text,
    'a folder in BFCL’s form with accepted answers, found by the request’s metadata.reference_id',
  ),
  redisUrl: option(
    redisUrl.name,
    z.union([z.literal(''), redisUrl.type]).default(''),
    `${redisUrl.prose}, needed with any of the next three`,
  ),
  rubricFiles: option('JUDGE_RUBRICS', list, 'YAML files with rubrics, comma-separated'),
  metrics: option('JUDGE_METRICS', list, 'built-in metrics that need a model, comma-separated'),
  embeddingsModel: option(
    'JUDGE_EMBEDDINGS_MODEL',
    text,
    'embedding model behind JUDGE_MODEL_URL, for semantic_similarity',
  ),
  embeddingsUsdPerMillion: option(
    'JUDGE_EMBEDDINGS_USD_PER_MILLION',
    price,
    'price of a million tokens of the embedding model, in US dollars',
  ),
  modelUrl: option(
    'JUDGE_MODEL_URL',
    url,
    'base URL of the judge model’s OpenAI-compatible API, such as https://host/v1',
  ),
  model: option('JUDGE_MODEL', text, 'name of the judge model, which stands in each of its scores'),
  modelFamily: option(
    'JUDGE_MODEL_FAMILY',
    text,
    'family of the judge model (gpt, claude, …), where its name does not tell it',
  ),
  apiKey: secretOption('JUDGE_API_KEY', key, 'bearer token for the judge model, in printable ASCII'),
  promptUsdPerMillion: option(
    'JUDGE_PROMPT_USD_PER_MILLION',
    price,
    'price of a million prompt tokens of the judge model, in US dollars',
  ),
  completionUsdPerMillion: option(
    'JUDGE_COMPLETION_USD_PER_MILLION',
    price,
    'price of a million completion tokens of the judge model, in US dollars',
  ),
  cheapModel: option('JUDGE_CHEAP_MODEL', text, 'name of a cheaper judge model, which is asked first'),
  cheapModelUrl: option(
    'JUDGE_CHEAP_MODEL_URL',
    url,
    'base URL of the cheap judge’s API, if it is another than JUDGE_MODEL_URL',
  ),
  cheapModelFamily: option(
    'JUDGE_CHEAP_MODEL_FAMILY',
    text,
    'family of the cheap judge model, where its name does not tell it',
  ),
  cheapApiKey: secretOption(
    'JUDGE_CHEAP_API_KEY',
    key,
    'bearer token for the cheap judge model; without it JUDGE_API_KEY, if the URL is the same',
  ),
  cheapPromptUsdPerMillion: option(
    'JUDGE_CHEAP_PROMPT_USD_PER_MILLION',
    price,
    'price of a million prompt tokens of the cheap judge model, in US dollars',
  ),
  cheapCompletionUsdPerMillion: option(
    'JUDGE_CHEAP_COMPLETION_USD_PER_MILLION',
    price,
    'price of a million completion tokens of the cheap judge model, in US dollars',
  ),
  uncertainBand: option(
    'JUDGE_UNCERTAIN_BAND',
    share.default(0.2),
    'how near to the middle (0.5) a cheap judge’s value may be before the strong judge is asked, from 0 to 1',
  ),
  minConfidence: option(
    'JUDGE_MIN_CONFIDENCE',
    share.default(0.6),
    'how sure a cheap judge must be of a pair, lest the strong judge be asked, from 0 to 1',
  ),
  replyFormat: option(
    'JUDGE_REPLY_FORMAT',
    z.enum(['json_object', 'json_schema', 'text']).default('json_object'),
    'response_format that the endpoint takes: json_object, json_schema, or text for none',
  ),
  timeoutMs: option('JUDGE_TIMEOUT_MS', count.default(30_000), 'milliseconds for one call of a model'),
  modelConcurrency: option('JUDGE_MODEL_CONCURRENCY', count.default(8), 'calls of one model at the same time'),
  requestsPerMinute: option(
    'JUDGE_REQUESTS_PER_MINUTE',
    z.coerce.number().positive().default(Number.POSITIVE_INFINITY),
    'calls of one model in a minute, evenly spaced',
  ),
  maxUsdPerHour: option(
    'JUDGE_MAX_USD_PER_HOUR',
    limit,
    'US dollars for models in a clock hour, in this process; beyond it scores are shed and counted; needs the prices',
  ),
  maxTokensPerHour: option(
    'JUDGE_MAX_TOKENS_PER_HOUR',
    limit,
    'tokens for models in a clock hour, in this process; beyond it scores are shed and counted',
  ),
  maxWaiting: option(
    'JUDGE_MAX_WAITING',
    count.default(2_000),
    'scores that wait for a model at the same time; beyond it they are shed and counted',
  ),
};
type Given = Values<typeof OPTIONS>;

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

export type LlmConfig = RedisAccess & {
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

const modelsOf = (given: Given): ModelConfig[] => {
  const { timeoutMs, replyFormat } = given;
  const strong = {
    url: given.modelUrl,
    name: given.model,
    family: given.modelFamily,
    apiKey: keyText(given.apiKey),
    timeoutMs,
    replyFormat,
    prices: {
      promptUsdPerMillion: given.promptUsdPerMillion,
      completionUsdPerMillion: given.completionUsdPerMillion,
    },
  };
  if (given.cheapModel === '') return [strong];
  if (given.cheapModel === given.model && given.cheapModelUrl === '')
    throw new EnvError('JUDGE_CHEAP_MODEL is the same model as JUDGE_MODEL; name a cheaper one, or leave it out');
  const cheap = {
    url: given.cheapModelUrl || given.modelUrl,
    name: given.cheapModel,
    family: given.cheapModelFamily,
    apiKey: keyText(given.cheapApiKey ?? (given.cheapModelUrl === '' ? given.apiKey : null)),
    timeoutMs,
    replyFormat,
    prices: {
      promptUsdPerMillion: given.cheapPromptUsdPerMillion,
      completionUsdPerMillion: given.cheapCompletionUsdPerMillion,
    },
  };
  return [cheap, strong];
};

const embeddingsOf = (given: Given, { url, apiKey, timeoutMs, replyFormat }: ModelConfig): ModelConfig | null =>
  given.embeddingsModel === ''
    ? null
    : {
        url,
        apiKey,
        timeoutMs,
        replyFormat,
        name: given.embeddingsModel,
        family: '',
        prices: { promptUsdPerMillion: given.embeddingsUsdPerMillion, completionUsdPerMillion: 0 },
      };

/** A limit in money that no price ever fills would be none. */
const checkPrices = ({ maxUsdPerHour }: Given, models: readonly (ModelConfig | null)[]): void => {
  const isPriced = models.some((one) => one && one.prices.promptUsdPerMillion + one.prices.completionUsdPerMillion > 0);
  if (isPriced || maxUsdPerHour === Number.POSITIVE_INFINITY) return;
  throw new EnvError(
    'JUDGE_MAX_USD_PER_HOUR needs prices; set JUDGE_PROMPT_USD_PER_MILLION and JUDGE_COMPLETION_USD_PER_MILLION, or limit tokens by JUDGE_MAX_TOKENS_PER_HOUR',
  );
};

/** What asks for a model, in the order in which an operator is told of what is missing. */
const ASKERS = ['rubricFiles', 'metrics', 'embeddingsModel'] as const;

/** What a model needs beside what asks for it. */
const missingFor = (given: Given, asker: (typeof ASKERS)[number]): string[] => {
  const { name } = OPTIONS[asker];
  const needed = asker === 'embeddingsModel' ? (['modelUrl'] as const) : (['modelUrl', 'model'] as const);
  return [
    ...needed
      .filter((one) => given[one] === '')
      .map((one) => `${OPTIONS[one].name} is missing; ${name} is set, and needs a model`),
    ...(given.redisUrl === ''
      ? [`REDIS_URL is missing; ${name} is set, and Redis says which share of a rollout is judged`]
      : []),
  ];
};

const llmOf = (given: Given): LlmConfig | null => {
  const asker = ASKERS.find((one) => given[one].length > 0);
  if (asker === undefined) return null;
  const unknown = given.metrics.filter((name) => !Object.hasOwn(EXAMINATIONS, name));
  const known = Object.keys(EXAMINATIONS).join(', ');
  const complaints = [
    ...missingFor(given, asker),
    ...(unknown.length > 0
      ? [`JUDGE_METRICS names ${unknown.join(', ')}, which no model is asked for; it may name ${known}`]
      : []),
  ];
  if (complaints.length > 0) throw new EnvError(complaints.join('\n'));
  const models = modelsOf(given);
  const embeddings = embeddingsOf(given, models.at(-1)!);
  checkPrices(given, [...models, embeddings]);
  return {
    redisUrl: given.redisUrl,
    ...redisSecurityOf(given),
    rubricFiles: given.rubricFiles,
    metrics: [...new Set(given.metrics)],
    models,
    embeddings,
    concurrency: given.modelConcurrency,
    requestsPerMinute: given.requestsPerMinute,
    limits: { maxUsd: given.maxUsdPerHour, maxTokens: given.maxTokensPerHour },
    maxWaiting: given.maxWaiting,
    uncertainBand: given.uncertainBand,
    minConfidence: given.minConfidence,
  };
};

/** The judge's settings. `llm` is null where nothing needs a model: then none is asked. Throws EnvError. */
export const readConfig = (env: NodeJS.ProcessEnv) => {
  const given = readOptions(OPTIONS, env);
  return { ...withTopicsSecurity(given), referencesDir: given.referencesDir || null, llm: llmOf(given) };
};
