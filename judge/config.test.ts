import { describe, expect, it } from 'vitest';
import { ownHelp } from '../platform/process/parts-help.fixture.ts';
import { OPTIONS, readConfig } from './config.ts';

const parts = { KAFKA_BROKERS: 'localhost:9092', SCHEMA_REGISTRY_URL: 'http://localhost:8081' };

describe('the judge’s configuration', () => {
  it('needs only the parts, and then has no LLM judge', () => {
    expect(readConfig(parts)).toMatchObject({ instance: 'judge-1', concurrency: 512, referencesDir: null, llm: null });
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
    [{ JUDGE_MODEL_URL: 'https://h/v1#part' }, /^JUDGE_MODEL_URL is wrong .*fragment/],
    [{ JUDGE_MODEL_URL: 'ftp://h' }, /JUDGE_MODEL_URL is wrong/],
    [{ JUDGE_CONCURRENCY: '0' }, /JUDGE_CONCURRENCY is wrong/],
    [{ JUDGE_TIMEOUT_MS: 'soon' }, /JUDGE_TIMEOUT_MS is wrong/],
    [{ KAFKA_BROKERS: '' }, /KAFKA_BROKERS is missing/],
  ])('%j is refused by name', (env, message) => expect(() => readConfig({ ...parts, ...env })).toThrow(message));

  it('is told by --help, option by option', () => {
    expect(ownHelp('judge', OPTIONS)).toMatchInlineSnapshot(`
      "judge is set by variables of its environment; an empty one counts as unset.

      … TOPICS_HELP

      REDIS_URL (default: none)
          URL of Redis (redis://…), needed with any of the next three

      … REDIS_HELP

      LOG_LEVEL (default: info)
          level of the log: trace, debug, info, warn, error, fatal or silent

      JUDGE_INSTANCE (default: judge-1)
          name of this process among the judges, part of its source

      JUDGE_HEALTH_HOST (default: 127.0.0.1)
          the address that /livez, /readyz and /metrics listen on; no key is asked for, so let only your monitoring reach a wider one

      JUDGE_HEALTH_PORT (default: 8083)
          port of /livez, /readyz and /metrics

      JUDGE_CONCURRENCY (default: 512)
          exchanges and shadows scored by rules at the same time, which is until their sheets are in the topic

      JUDGE_MAX_LAG_MS (default: 15000)
          milliseconds that a busy judge may be behind before it scores a share of the answers; it then aims for half of them

      JUDGE_REFERENCES_BFCL (default: none)
          a folder in BFCL’s form with accepted answers, found by the request’s metadata.reference_id

      JUDGE_RUBRICS (default: none)
          YAML files with rubrics, comma-separated

      JUDGE_METRICS (default: none)
          built-in metrics that need a model, comma-separated

      JUDGE_EMBEDDINGS_MODEL (default: none)
          embedding model behind JUDGE_MODEL_URL, for semantic_similarity

      JUDGE_EMBEDDINGS_USD_PER_MILLION (default: 0)
          price of a million tokens of the embedding model, in US dollars

      JUDGE_MODEL_URL (default: none)
          base URL of the judge model’s OpenAI-compatible API, such as https://host/v1

      JUDGE_MODEL (default: none)
          name of the judge model, which stands in each of its scores

      JUDGE_MODEL_FAMILY (default: none)
          family of the judge model (gpt, claude, …), where its name does not tell it

      JUDGE_API_KEY (default: none)
          bearer token for the judge model, in printable ASCII; or JUDGE_API_KEY_FILE, a file that holds it

      JUDGE_PROMPT_USD_PER_MILLION (default: 0)
          price of a million prompt tokens of the judge model, in US dollars

      JUDGE_COMPLETION_USD_PER_MILLION (default: 0)
          price of a million completion tokens of the judge model, in US dollars

      JUDGE_CHEAP_MODEL (default: none)
          name of a cheaper judge model, which is asked first

      JUDGE_CHEAP_MODEL_URL (default: none)
          base URL of the cheap judge’s API, if it is another than JUDGE_MODEL_URL

      JUDGE_CHEAP_MODEL_FAMILY (default: none)
          family of the cheap judge model, where its name does not tell it

      JUDGE_CHEAP_API_KEY (default: none)
          bearer token for the cheap judge model; without it JUDGE_API_KEY, if the URL is the same; or JUDGE_CHEAP_API_KEY_FILE, a file that holds it

      JUDGE_CHEAP_PROMPT_USD_PER_MILLION (default: 0)
          price of a million prompt tokens of the cheap judge model, in US dollars

      JUDGE_CHEAP_COMPLETION_USD_PER_MILLION (default: 0)
          price of a million completion tokens of the cheap judge model, in US dollars

      JUDGE_UNCERTAIN_BAND (default: 0.2)
          how near to the middle (0.5) a cheap judge’s value may be before the strong judge is asked, from 0 to 1

      JUDGE_MIN_CONFIDENCE (default: 0.6)
          how sure a cheap judge must be of a pair, lest the strong judge be asked, from 0 to 1

      JUDGE_REPLY_FORMAT (default: json_object)
          response_format that the endpoint takes: json_object, json_schema, or text for none

      JUDGE_TIMEOUT_MS (default: 30000)
          milliseconds for one call of a model

      JUDGE_MODEL_CONCURRENCY (default: 8)
          calls of one model at the same time

      JUDGE_REQUESTS_PER_MINUTE (default: no limit)
          calls of one model in a minute, evenly spaced

      JUDGE_MAX_USD_PER_HOUR (default: no limit)
          US dollars for models in a clock hour, in this process; beyond it scores are shed and counted; needs the prices

      JUDGE_MAX_TOKENS_PER_HOUR (default: no limit)
          tokens for models in a clock hour, in this process; beyond it scores are shed and counted

      JUDGE_MAX_WAITING (default: 2000)
          scores that wait for a model at the same time; beyond it they are shed and counted
      "
    `);
  });
});
