import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commonPrompts, loadDataset } from './dataset.ts';
import { replayRequest } from './requests.ts';

let data = '';
let replay = '';
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'replay-'));
  replay = join(data, 'bfcl-result');
  for (const dir of ['bfcl', 'bfcl-result/m']) mkdirSync(join(data, dir), { recursive: true });
  write('bfcl/BFCL_v4_simple_python.json', [prompt(0), prompt(1), prompt(2)]);
});
afterEach(() => rmSync(data, { recursive: true }));

function write(path: string, rows: readonly (object | string)[]): void {
  const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)));
  writeFileSync(join(data, path), lines.join('\n'));
}
const prompt = (index: number) => ({
  id: `simple_python_${index}`,
  question: [[{ role: 'user', content: `question ${index}` }]],
  function: [
    {
      name: 'math.area',
      description: 'd',
      parameters: {
        type: 'dict',
        required: ['a'],
        properties: {
          a: { type: 'float' },
          b: { type: 'any', optional: true },
          c: { type: 'tuple', items: { type: 'dict' } },
        },
      },
    },
  ],
});
const row = (index: number, rest: object = {}) => ({
  id: `simple_${index}`,
  result: [{ math_area: '{"a":1}' }],
  input_token_count: 10,
  output_token_count: 5,
  latency: 0.5,
  ...rest,
});

describe('loadDataset', () => {
  it('joins rows to prompts by order and gives the tools their OpenAI form', () => {
    write('bfcl-result/m/simple_result.jsonl', [row(0), row(1, { result: 'a text' }), row(2)]);
    const { prompts, answers, badRows, unanswered } = loadDataset(replay, 'm');
    expect(prompts.map(({ referenceId, category }) => `${category} ${referenceId}`)).toEqual([
      'simple_python simple_python_0',
      'simple_python simple_python_1',
      'simple_python simple_python_2',
    ]);
    expect(prompts[0]?.tools[0]).toEqual({
      type: 'function',
      function: {
        name: 'math_area',
        description: 'd',
        parameters: {
          type: 'object',
          required: ['a'],
          properties: { a: { type: 'number' }, b: {}, c: { type: 'array', items: { type: 'object' } } },
        },
      },
    });
    expect(answers.get('simple_python_0')).toEqual({
      content: null,
      calls: [{ name: 'math_area', arguments: '{"a":1}' }],
      error: null,
      inputTokens: 10,
      outputTokens: 5,
      latencyMs: 500,
    });
    expect(answers.get('simple_python_1')?.content).toBe('a text');
    expect([badRows, unanswered]).toEqual([0, 0]);
  });

  it('adds up latencies and tokens that are lists, and tells an API failure from a text', () => {
    const lists = { latency: [0.1, [0.2]], input_token_count: [1, 2], output_token_count: [[3], 4] };
    write('bfcl-result/m/simple_result.jsonl', [
      row(0, lists),
      row(1, { result: 'Error during inference: 429' }),
      row(2),
    ]);
    const { answers } = loadDataset(replay, 'm');
    const answer = answers.get('simple_python_0');
    expect(answer?.latencyMs).toBeCloseTo(300);
    expect([answer?.inputTokens, answer?.outputTokens]).toEqual([3, 7]);
    expect(answers.get('simple_python_1')).toMatchObject({ content: null, error: 'Error during inference: 429' });
  });

  it('counts rows it cannot read and rows of categories without prompts', () => {
    write('bfcl-result/m/simple_result.jsonl', [row(0), '{"id":', row(2)]);
    write('bfcl-result/m/java_result.jsonl', [row(0), row(1)]);
    const { prompts, skipped, badRows, unanswered } = loadDataset(replay, 'm');
    expect(prompts.map(({ referenceId }) => referenceId)).toEqual(['simple_python_0', 'simple_python_2']);
    expect({ skipped, badRows, unanswered }).toEqual({ skipped: { java: 2 }, badRows: 1, unanswered: 1 });
  });

  it('joins by the number in the ids when rows are missing, and refuses when the ids do not say', () => {
    write('bfcl-result/m/BFCL_v3_simple_python_result.json', [row(2), row(0)]);
    const { prompts, unanswered } = loadDataset(replay, 'm');
    expect(prompts.map(({ referenceId }) => referenceId)).toEqual(['simple_python_2', 'simple_python_0']);
    expect(unanswered).toBe(1);
    write('bfcl-result/m/BFCL_v3_simple_python_result.json', [row(0), row(0)]);
    expect(() => loadDataset(replay, 'm')).toThrow('has 2 rows for 3 prompts');
    write('bfcl-result/m/BFCL_v3_simple_python_result.json', [row(0), row(1), row(2), row(3)]);
    expect(() => loadDataset(replay, 'm')).toThrow('has 4 rows for 3 prompts');
  });

  it('says which folder or file is missing or broken', () => {
    expect(() => loadDataset(replay, 'other')).toThrow('other does not exist: name one of the folders in');
    expect(() => loadDataset(replay, 'm')).toThrow('has no <category>_result.jsonl');
    write('bfcl-result/m/simple_result.jsonl', [row(0)]);
    write('bfcl-result/m/simple_result.json', [row(0)]);
    expect(() => loadDataset(replay, 'm')).toThrow('keep one of them');
    rmSync(join(data, 'bfcl-result/m/simple_result.json'));
    write('bfcl/BFCL_v4_simple_python.json', [prompt(0), { id: 'x' }]);
    expect(() => loadDataset(replay, 'm')).toThrow('BFCL_v4_simple_python.json line 2 is not a prompt');
    rmSync(join(data, 'bfcl'), { recursive: true });
    expect(() => loadDataset(replay, 'm')).toThrow('the prompts must lie beside');
  });
});

describe('replayRequest', () => {
  it('draws the same request for the same seed and number, each by its own subject, and reaches every prompt', () => {
    write('bfcl-result/m/simple_result.jsonl', [row(0), row(1), row(2)]);
    const { prompts } = loadDataset(replay, 'm');
    const drawn = Array.from({ length: 100 }, (_, i) => replayRequest(prompts, 7, i));
    expect(drawn).toEqual(Array.from({ length: 100 }, (_, i) => replayRequest(prompts, 7, i)));
    expect(new Set(drawn.map(({ subject }) => subject)).size).toBe(100);
    expect(new Set(drawn.map(({ body }) => body.metadata.reference_id)).size).toBe(3);
    expect(drawn[0]?.body.metadata.category).toBe('simple_python');
    expect(drawn).not.toEqual(Array.from({ length: 100 }, (_, i) => replayRequest(prompts, 8, i)));
  });

  it('can be kept to the prompts that both models answered', () => {
    mkdirSync(join(replay, 'n'));
    write('bfcl-result/m/simple_result.jsonl', [row(0), row(1)]);
    write('bfcl-result/n/simple_result.jsonl', [row(1), row(2)]);
    const common = commonPrompts(loadDataset(replay, 'm'), loadDataset(replay, 'n'));
    expect(common.map(({ referenceId }) => referenceId)).toEqual(['simple_python_1']);
  });
});

const recorded = '../shared/data/bfcl-result';
describe.skipIf(!existsSync(recorded))(`the recorded data (skipped when ${recorded} is absent)`, () => {
  it('has 1240 answered prompts a model, java and javascript being skipped and counted', () => {
    const { prompts, skipped, badRows, unanswered } = loadDataset(recorded, 'gpt-3.5-turbo-0125-FC');
    expect(prompts.length).toBe(1240);
    expect({ skipped, badRows, unanswered }).toEqual({
      skipped: { java: 100, javascript: 50 },
      badRows: 0,
      unanswered: 0,
    });
  });
});
