import { z } from 'zod';
import { EnvError, partsEnv, readEnv } from '../platform/env.ts';

const count = z.coerce.number().int().positive();
const usd = z.coerce.number().nonnegative().default(0);

const Env = z.object({
  KAFKA_BROKERS: partsEnv.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: partsEnv.SCHEMA_REGISTRY_URL,
  JUDGE_INSTANCE: z.string().default('judge-1').describe('name of this process among the judges, part of its source'),
  JUDGE_HEALTH_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('the address that /livez, /readyz and /metrics listen on'),
  JUDGE_HEALTH_PORT: z.coerce.number().int().min(0).default(8083).describe('port of /livez, /readyz and /metrics'),
  JUDGE_CONCURRENCY: count.default(64).describe('exchanges and shadows scored at the same time'),
  JUDGE_REFERENCES_BFCL: z.string().default('').describe('a folder in BFCL’s form with accepted answers'),
  JUDGE_RUBRICS: z.string().default('').describe('YAML files with rubrics, comma-separated'),
  JUDGE_MODEL_URL: z
    .union([z.literal(''), z.url({ protocol: /^https?$/ })])
    .default('')
    .describe('base URL of the judge model’s OpenAI-compatible API, such as https://host/v1'),
  JUDGE_MODEL: z.string().default('').describe('name of the judge model, which stands in each of its scores'),
  JUDGE_API_KEY: z.string().default('').describe('bearer token for the judge model'),
  JUDGE_TIMEOUT_MS: count.default(30_000).describe('milliseconds for one call of the judge model'),
  JUDGE_MODEL_CONCURRENCY: count.default(8).describe('calls of the judge model at the same time'),
  JUDGE_PROMPT_USD_PER_MILLION: usd.describe('price of a million prompt tokens of the judge model, in US dollars'),
  JUDGE_COMPLETION_USD_PER_MILLION: usd.describe('price of a million completion tokens of the judge model'),
});

export type ModelConfig = {
  url: string;
  name: string;
  apiKey: string;
  timeoutMs: number;
  concurrency: number;
  promptUsdPerMillion: number;
  completionUsdPerMillion: number;
};

export type Config = {
  brokers: string[];
  registryUrl: string;
  instance: string;
  healthHost: string;
  healthPort: number;
  concurrency: number;
  referencesDir: string | null;
  /** Null without rubrics: then there is no LLM judge. */
  llm: { rubricFiles: string[]; model: ModelConfig } | null;
};

const llmOf = (env: z.output<typeof Env>): Config['llm'] => {
  const rubricFiles = env.JUDGE_RUBRICS.split(',')
    .map((file) => file.trim())
    .filter(Boolean);
  if (rubricFiles.length === 0) return null;
  for (const name of ['JUDGE_MODEL_URL', 'JUDGE_MODEL'] as const)
    if (env[name] === '') throw new EnvError(`${name} is missing; JUDGE_RUBRICS is set, and its rubrics need a model`);
  const model = {
    url: env.JUDGE_MODEL_URL,
    name: env.JUDGE_MODEL,
    apiKey: env.JUDGE_API_KEY,
    timeoutMs: env.JUDGE_TIMEOUT_MS,
    concurrency: env.JUDGE_MODEL_CONCURRENCY,
    promptUsdPerMillion: env.JUDGE_PROMPT_USD_PER_MILLION,
    completionUsdPerMillion: env.JUDGE_COMPLETION_USD_PER_MILLION,
  };
  return { rubricFiles, model };
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
