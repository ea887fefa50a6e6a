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
      JUDGE_RUBRICS: 'a.yaml, b.yaml',
      JUDGE_MODEL_URL: 'http://h/v1',
      JUDGE_MODEL: 'm',
      JUDGE_PROMPT_USD_PER_MILLION: '2.5',
    };
    const model = {
      url: 'http://h/v1',
      name: 'm',
      timeoutMs: 30_000,
      concurrency: 8,
      promptUsdPerMillion: 2.5,
      completionUsdPerMillion: 0,
    };
    expect(readConfig(env).llm).toMatchObject({ rubricFiles: ['a.yaml', 'b.yaml'], model });
  });

  it.each([
    [{ JUDGE_RUBRICS: 'a.yaml' }, /JUDGE_MODEL_URL is missing/],
    [{ JUDGE_RUBRICS: 'a.yaml', JUDGE_MODEL_URL: 'http://h' }, /JUDGE_MODEL is missing/],
    [{ JUDGE_MODEL_URL: 'ftp://h' }, /JUDGE_MODEL_URL is wrong/],
    [{ JUDGE_CONCURRENCY: '0' }, /JUDGE_CONCURRENCY is wrong/],
    [{ JUDGE_TIMEOUT_MS: 'soon' }, /JUDGE_TIMEOUT_MS is wrong/],
    [{ KAFKA_BROKERS: '' }, /KAFKA_BROKERS is missing/],
  ])('%j is refused by name', (env, message) => expect(() => readConfig({ ...parts, ...env })).toThrow(message));
});
