import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readPattern } from './gate-criterion.ts';
import { GatePlan } from './gate-plan.ts';

const SPEC = {
  agent: 'support',
  dataset: { file: 'questions.jsonl' },
  candidate: { url: 'http://127.0.0.1:9001/v1' },
  criteria: [{ metric: 'tool_accuracy', maxDropPct: 5 }],
};

const plan = (change: object): unknown => ({
  apiVersion: 'coalmine/v1',
  kind: 'GatePlan',
  metadata: { name: 'golden' },
  spec: { ...SPEC, ...change },
});
const specOf = (change: object) => GatePlan.parse(plan(change)).spec;

/** `path: message` of everything that is refused. */
const faultsOf = (change: object): string[] => {
  const read = GatePlan.safeParse(plan(change));
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`);
};
const criteria = (...list: object[]) => ({ criteria: list });

describe('a gate plan', () => {
  it('is read from the form that the documents show', () => {
    const { spec } = GatePlan.parse(
      parse(`
apiVersion: coalmine/v1
kind: GatePlan
metadata: { name: support-golden }
spec:
  agent: support
  dataset: { file: questions.jsonl, tags: [refund], sample: { size: 500 } }
  candidate: { command: [node, agent.ts], readyUrl: http://127.0.0.1:9001/livez, env: { PORT: '9001' } }
  baseline: { registry: true }
  ask: { concurrency: 16, timeout: 60s, repeats: 3 }
  slices: [category]
  criteria:
    - { metric: faithfulness, min: 0.9 }
    - { metric: latency, p95: 2s }
    - { metric: tool_accuracy, maxDropPct: 5, appliesLoss: 0.05, slices: true }
    - { check: no-apology, notMatches: "(?i)sorry", minPct: 99 }
    - { check: refunds, mustCall: refund }
`),
    );
    expect(spec.dataset).toEqual({
      path: 'questions.jsonl',
      format: 'jsonl',
      tags: ['refund'],
      sample: { size: 500, seed: 1 },
    });
    expect(spec.candidate).toEqual({
      kind: 'command',
      command: ['node', 'agent.ts'],
      url: 'http://127.0.0.1:9001/v1',
      readyUrl: 'http://127.0.0.1:9001/livez',
      readyTimeoutMs: 60_000,
      env: { PORT: '9001' },
      cwd: null,
      model: '',
      apiKeyFrom: null,
      prices: null,
    });
    expect(spec.baseline).toEqual({ kind: 'registry' });
    expect(spec.ask).toEqual({ concurrency: 16, timeout: 60_000, retries: 3, repeats: 3 });
    expect(spec.alpha).toBe(0.05);
    expect(spec.criteria).toEqual([
      { metric: 'faithfulness', bounds: { min: 0.9 }, maxDropPct: null, appliesLoss: 0.05, slices: false },
      { metric: 'latency', bounds: { p95: 2 }, maxDropPct: null, appliesLoss: 0.05, slices: false },
      { metric: 'tool_accuracy', bounds: {}, maxDropPct: 5, appliesLoss: 0.05, slices: true },
      {
        check: 'no-apology',
        rule: { rule: 'notMatches', given: '(?i)sorry' },
        minPct: 99,
        maxDropPct: null,
        appliesLoss: 0.05,
        slices: false,
      },
      {
        check: 'refunds',
        rule: { rule: 'mustCall', given: ['refund'] },
        minPct: 100,
        maxDropPct: null,
        appliesLoss: 0.05,
        slices: false,
      },
      { metric: 'error_rate', bounds: { max: 0.02 }, maxDropPct: null, appliesLoss: 1, slices: false },
    ]);
  });

  it('always bounds the failed requests, by its own words where it has some', () => {
    expect(specOf(criteria({ metric: 'error_rate', max: 0.1 })).criteria).toHaveLength(1);
    expect(specOf(criteria({ metric: 'error_rate', maxDropPct: 50 })).criteria).toHaveLength(2);
  });

  it('takes what was recorded for candidate and baseline', () => {
    const { candidate, baseline } = specOf({
      candidate: { replay: '../data/gpt', format: 'bfcl', promptUsdPerMillion: 5 },
      baseline: 'same',
    });
    expect(candidate).toEqual({
      kind: 'replay',
      folder: '../data/gpt',
      format: 'bfcl',
      prices: { promptUsdPerMillion: 5, completionUsdPerMillion: 0, cachedPromptUsdPerMillion: 5 },
    });
    expect(baseline).toEqual({ kind: 'same' });
    expect(specOf({ baseline: { file: 'before.jsonl' } }).baseline).toEqual({ kind: 'file', file: 'before.jsonl' });
  });

  it.each<[string, object, string]>([
    ['no criterion', criteria(), 'criteria: Too small: expected array to have >=1 items'],
    [
      'a slip in a name',
      criteria({ metric: 'tool_acuracy', min: 0.9 }),
      "criteria.0.metric: no metric is called tool_acuracy; did you mean tool_accuracy? A rubric's metric needs its file in spec.judges.rubrics",
    ],
    [
      'a reading of a metric',
      criteria({ metric: 'cost_p95', max: 2 }),
      'criteria.0.metric: cost_p95 is a quantile; give cost with p50, p95 or p99',
    ],
    [
      'what clients say',
      criteria({ metric: 'thumbs_down', max: 0.1 }),
      'criteria.0.metric: thumbs_down is not measured by a gate: no clients have its answers',
    ],
    [
      'a bound on the wrong side',
      criteria({ metric: 'toxicity', min: 0.1 }),
      'criteria.0.min: is for metrics of which more is better; for toxicity give max',
    ],
    [
      'a time without a unit',
      criteria({ metric: 'latency', p95: 2 }),
      'criteria.0.p95: is a time: give a duration like 2s',
    ],
    ['a time for a share', criteria({ metric: 'toxicity', max: '2s' }), 'criteria.0.max: is no time: give a number'],
    [
      'a quantile of a rate',
      criteria({ metric: 'toxicity', p95: 0.1 }),
      'criteria.0.p95: is for measures like latency, not for a rate',
    ],
    [
      'nothing that is asked',
      criteria({ metric: 'toxicity' }),
      'criteria.0.metric: asks nothing of toxicity; give min, max, p95 or maxDropPct',
    ],
    [
      'the same twice',
      criteria({ metric: 'toxicity', max: 0.1 }, { metric: 'toxicity', max: 0.2, maxDropPct: 3 }),
      'criteria: asks twice for toxicity max',
    ],
    [
      'a metric and a check in one',
      criteria({ metric: 'toxicity', check: 'polite', exact: true }),
      'criteria.0.metric: or else check is needed, and one of them alone',
    ],
    [
      'a bound in a check',
      criteria({ check: 'polite', matches: 'please', max: 1 }),
      'criteria.0.max: has no place in the criterion of a check',
    ],
    [
      'two rules in a check',
      criteria({ check: 'polite', matches: 'please', mustCall: 'thank' }),
      'criteria.0.check: needs one of matches, notMatches, jsonSchema, mustCall, mustNotCall, exact',
    ],
    [
      'a check called like a metric',
      criteria({ check: 'toxicity', matches: 'please' }),
      'criteria.0.check: is the name of a metric',
    ],
    [
      'a broken pattern',
      criteria({ check: 'polite', matches: '(please' }),
      'criteria.0.matches: Invalid regular expression: /(please/u: Unterminated group',
    ],
    [
      'slices of no label',
      criteria({ metric: 'toxicity', max: 0.1, slices: true }),
      'criteria.0.slices: needs the labels in spec.slices',
    ],
    [
      'a file of unknown form',
      { dataset: { file: 'questions.txt' } },
      'dataset: needs a format: jsonl, csv, yaml, bfcl, pubmedqa',
    ],
    [
      'a file where a folder is meant',
      { dataset: { file: 'bfcl', format: 'bfcl' } },
      'dataset: needs a folder, as its format is bfcl',
    ],
    ['nobody to ask', { candidate: {} }, 'candidate: needs one of command, url, version, replay'],
    [
      'two to ask',
      { candidate: { url: 'http://a.test', version: 'v2' } },
      'candidate: has version, which has no place beside url',
    ],
    [
      'a command that never says that it is ready',
      { candidate: { command: ['node'] } },
      'candidate: needs with its command a readyUrl that answers once it is ready',
    ],
    [
      'a key where the name of its variable is meant',
      { candidate: { url: 'http://a.test', apiKeyFrom: 'sk-1234' } },
      'candidate.apiKeyFrom: the name of an environment variable, like OPENAI_API_KEY',
    ],
    [
      'a candidate that is itself',
      { baseline: 'stable' },
      'baseline: is no text but `same`; else give url, file or another',
    ],
    ['an unknown word', { threshold: 5 }, ': Unrecognized key: "threshold"'],
  ])('refuses %s and says why', (_, change, fault) => {
    expect(faultsOf(change)).toContain(fault);
  });

  it('takes the name of a rubric where it has rubrics', () => {
    const judges = { model: { url: 'http://judge.test/v1', name: 'm' }, rubrics: ['tone.yaml'] };
    expect(faultsOf({ judges, ...criteria({ metric: 'tone', min: 0.8 }) })).toEqual([]);
  });
});

describe('a pattern', () => {
  it('takes flags at its beginning, and knows letters of all languages', () => {
    expect(readPattern('(?i)SORRY').test('I am sorry')).toBe(true);
    expect(readPattern('(?si)a.B').test('A\nb')).toBe(true);
    expect(readPattern('^\\p{L}+$').test('Größe')).toBe(true);
    expect(readPattern('sorry').test('SORRY')).toBe(false);
  });
});
