import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const parts = { KAFKA_BROKERS: 'localhost:9092', SCHEMA_REGISTRY_URL: 'http://localhost:8081' };

describe('the judge’s configuration', () => {
  it('needs only the parts, and then has no LLM judge', () => {
    expect(readConfig(parts)).toMatchObject({ instance: 'judge-1', concurrency: 64, referencesDir: null, llm: null });
  });

  it('has an LLM judge with rubrics and a model', () => {
    const env = {
      ...parts,
      REDIS_URL: 'redis://h',
      JUDGE_RUBRICS: 'a.yaml, b.yaml',
      JUDGE_MODEL_URL: 'http://h/v1',
      JUDGE_MODEL: 'm',
      JUDGE_PROMPT_USD_PER_MILLION: '2.5',
    };
    expect(readConfig(env).llm).toEqual({
      redisUrl: 'redis://h',
      rubricFiles: ['a.yaml', 'b.yaml'],
      metrics: [],
      models: [
        {
          url: 'http://h/v1',
          name: 'm',
          family: '',
          apiKey: '',
          timeoutMs: 30_000,
          replyFormat: 'json_object',
          prices: { promptUsdPerMillion: 2.5, completionUsdPerMillion: 0 },
        },
      ],
      embeddings: null,
      concurrency: 8,
      requestsPerMinute: Number.POSITIVE_INFINITY,
      limits: { maxUsd: Number.POSITIVE_INFINITY, maxTokens: Number.POSITIVE_INFINITY },
      maxWaiting: 2_000,
      uncertainBand: 0.2,
      minConfidence: 0.6,
    });
  });

  const llm = { ...parts, REDIS_URL: 'redis://h', JUDGE_MODEL_URL: 'http://h/v1', JUDGE_MODEL: 'm' };

  it('has built-in metrics by name, each once', () => {
    const metrics = 'faithfulness, task_completion,faithfulness';
    expect(readConfig({ ...llm, JUDGE_METRICS: metrics }).llm?.metrics).toEqual(['faithfulness', 'task_completion']);
  });

  it('asks a cheap model first, and gives its key to no other endpoint', () => {
    const env = { ...llm, JUDGE_RUBRICS: 'a.yaml', JUDGE_API_KEY: 'k', JUDGE_CHEAP_MODEL: 's' };
    expect(readConfig(env).llm?.models.map(({ name, apiKey }) => [name, apiKey])).toEqual([
      ['s', 'k'],
      ['m', 'k'],
    ]);
    const elsewhere = { ...env, JUDGE_CHEAP_MODEL_URL: 'http://other/v1' };
    expect(readConfig(elsewhere).llm?.models[0]).toMatchObject({ url: 'http://other/v1', apiKey: '' });
  });

  it('takes a key as files give it, with a line’s end', () => {
    const env = { ...llm, JUDGE_RUBRICS: 'a.yaml', JUDGE_API_KEY: 'sk-1\n' };
    expect(readConfig(env).llm?.models[0]?.apiKey).toBe('sk-1');
  });

  it('needs no judge model for embeddings alone', () => {
    const { JUDGE_MODEL: _, ...rest } = llm;
    const embeddings = { url: 'http://h/v1', name: 'e' };
    expect(readConfig({ ...rest, JUDGE_EMBEDDINGS_MODEL: 'e' }).llm).toMatchObject({ embeddings });
  });

  it.each([
    [{ JUDGE_RUBRICS: 'a.yaml' }, /JUDGE_MODEL_URL is missing/],
    [{ JUDGE_RUBRICS: 'a.yaml', JUDGE_MODEL_URL: 'http://h' }, /JUDGE_MODEL is missing/],
    [{ JUDGE_RUBRICS: 'a.yaml', JUDGE_MODEL_URL: 'http://h', JUDGE_MODEL: 'm' }, /REDIS_URL is missing/],
    [{ ...llm, JUDGE_METRICS: 'faithfulness,kindness' }, /names kindness, .* may name faithfulness, answer_relevancy/],
    [{ ...llm, JUDGE_RUBRICS: 'a.yaml', JUDGE_CHEAP_MODEL: 'm' }, /JUDGE_CHEAP_MODEL is the same/],
    [{ ...llm, JUDGE_RUBRICS: 'a.yaml', JUDGE_MAX_USD_PER_HOUR: '5' }, /JUDGE_MAX_USD_PER_HOUR needs prices/],
    [{ ...llm, JUDGE_RUBRICS: 'a.yaml', JUDGE_API_KEY: 'sk\nsecret' }, /^JUDGE_API_KEY is wrong(?!.*secret)/],
    [
      { ...llm, JUDGE_RUBRICS: 'a.yaml', JUDGE_CHEAP_API_KEY: 'sk…secret' },
      /^JUDGE_CHEAP_API_KEY is wrong(?!.*secret)/,
    ],
    [{ JUDGE_MODEL_URL: 'https://me:secret@h/v1' }, /^JUDGE_MODEL_URL is wrong(?!.*secret)/],
    [{ JUDGE_REPLY_FORMAT: 'xml' }, /JUDGE_REPLY_FORMAT is wrong/],
    [{ JUDGE_UNCERTAIN_BAND: '2' }, /JUDGE_UNCERTAIN_BAND is wrong/],
    [{ JUDGE_MODEL_URL: 'ftp://h' }, /JUDGE_MODEL_URL is wrong/],
    [{ JUDGE_CONCURRENCY: '0' }, /JUDGE_CONCURRENCY is wrong/],
    [{ JUDGE_TIMEOUT_MS: 'soon' }, /JUDGE_TIMEOUT_MS is wrong/],
    [{ KAFKA_BROKERS: '' }, /KAFKA_BROKERS is missing/],
  ])('%j is refused by name', (env, message) => expect(() => readConfig({ ...parts, ...env })).toThrow(message));
});
