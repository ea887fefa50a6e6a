import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import canonicalize from 'canonicalize';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { datasetId, readDataset } from '../../../schemas/dataset.ts';
import type { GateDataset } from '../../../schemas/gate-plan.ts';
import { loadDataset } from './load.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'dataset-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};
const load = (file: string, more: Partial<GateDataset> = {}) => {
  const format = path.extname(file).slice(1) as GateDataset['format'];
  return loadDataset({ path: file, format, tags: [], sample: null, ...more });
};
const jsonl = (rows: readonly object[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
const refusal = (name: string, text: string, more: Partial<GateDataset> = {}): string => {
  try {
    load(write(name, text), more);
    return 'read';
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, '');
  }
};

const ROW = {
  id: 'q-1',
  question: 'Where is ORD-1?',
  golden: 'On its way.',
  expectedTools: [{ name: 'lookup', arguments: { id: 'ORD-1' } }],
  context: ['ORD-1 was sent.'],
  tags: ['status', 'easy'],
  slices: { topic: 'status' },
  session: 's1',
};

describe('a golden dataset', () => {
  it('is the same case in each of its forms', () => {
    const [ofLines] = load(write('q.jsonl', `\uFEFF${JSON.stringify(ROW)}\n\n`)).cases;
    const [ofTable] = load(
      write(
        'q.csv',
        `\uFEFFid,question,golden,expectedTools,context,tags,slices.topic,session\r\nq-1,Where is ORD-1?,On its way.,"[{""name"":""lookup"",""arguments"":{""id"":""ORD-1""}}]",ORD-1 was sent.,status; easy,status,s1\r\n`,
      ),
    ).cases;
    const [ofYaml] = load(write('q.yaml', `- ${JSON.stringify(ROW)}\n`)).cases;
    expect(ofLines).toEqual({
      id: 'q-1',
      request: { messages: [{ role: 'user', content: 'Where is ORD-1?' }] },
      golden: 'On its way.',
      accepted: [{ lookup: { id: ['ORD-1'] } }],
      context: ['ORD-1 was sent.'],
      tags: ['status', 'easy'],
      slices: { topic: 'status' },
      session: 's1',
      line: 1,
      content: canonicalize(ROW),
    });
    expect(ofTable).toMatchObject({ ...ofLines, line: 2, content: expect.any(String) });
    expect(ofYaml).toEqual(ofLines);
  });

  it('has whole conversations, tools and requests, of which the model is not the dataset’s to say', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: null, tool_calls: [] },
    ];
    const tools = [{ type: 'function', function: { name: 'lookup' } }];
    const [first, second] = load(
      write(
        'q.jsonl',
        jsonl([
          { id: 1, system: 'Be brief.', messages, tools },
          { id: 2, request: { model: 'gpt', messages, temperature: 0 } },
        ]),
      ),
    ).cases;
    expect(first).toMatchObject({
      id: '1',
      request: { messages: [{ role: 'system', content: 'Be brief.' }, ...messages], tools },
    });
    expect(second?.request).toEqual({ messages, temperature: 0 });
  });

  it('says that no call is right by an empty list, and of nested arguments each in the form that the matcher takes', () => {
    const row = { question: 'a', expectedTools: [{ name: 'f', arguments: { o: { a: 1, l: [{ b: 2 }] } } }] };
    const cases = load(
      write(
        'q.jsonl',
        jsonl([
          row,
          { question: 'b', expectedTools: [] },
          { question: 'c' },
          { question: 'd', expectedTools: [{ f: { x: [1, ''] } }] },
        ]),
      ),
    ).cases;
    expect(cases.map(({ accepted }) => accepted)).toEqual([
      [{ f: { o: [{ a: [1], l: [[{ b: [2] }]] }] } }],
      null,
      undefined,
      [{ f: { x: [1, ''] } }],
    ]);
  });

  it('names a question without an id by its content, so that a line put in front moves none', () => {
    const before = load(write('a.jsonl', jsonl([{ question: 'one' }]))).cases;
    const after = load(write('b.jsonl', jsonl([{ question: 'new' }, { question: 'one' }]))).cases;
    expect(after[1]?.id).toBe(before[0]?.id);
  });

  it('has subsets by tag and samples by seed, which stay the same when others come', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({
      id: `q${i}`,
      question: `${i}`,
      tags: [i < 50 ? 'low' : 'high'],
    }));
    const ids = (count: number, seed: number, tags: string[] = []) =>
      load(write('q.jsonl', jsonl(rows.slice(0, count))), { tags, sample: { size: 10, seed } }).cases.map(
        ({ id }) => id,
      );
    expect(ids(100, 1)).toHaveLength(10);
    expect(ids(100, 1)).toEqual(ids(100, 1));
    expect(ids(100, 1)).not.toEqual(ids(100, 2));
    expect(ids(99, 1).filter((id) => !ids(100, 1).includes(id)).length).toBeLessThanOrEqual(1);
    expect(ids(100, 1, ['low']).every((id) => Number(id.slice(1)) < 50)).toBe(true);
  });

  it('has an id of what is asked and what is right, not of where it stands: that of the registry', () => {
    const idOf = (name: string, ...rows: object[]) => load(write(name, jsonl(rows))).id;
    const OTHER = { id: 'q-2', question: 'Who?' };
    const registered = readDataset(jsonl([ROW, OTHER])) as { content: string };
    expect(idOf('a.jsonl', OTHER, ROW)).toBe(datasetId(registered.content));
    expect(idOf('a.jsonl', ROW)).toBe(idOf('b.jsonl', { ...ROW }));
    expect(idOf('a.jsonl', ROW)).not.toBe(idOf('b.jsonl', { ...ROW, golden: 'Lost.' }));
    expect(idOf('a.jsonl', ROW)).not.toBe(idOf('b.jsonl', { ...ROW, expectedTools: [] }));
  });
});

describe('is refused, with the file, the line and what to do', () => {
  const FIELDS =
    'id, question, system, messages, tools, request, golden, expectedTools, context, tags, slices, session';
  it.each([
    ['a line that is no JSON', 'q.jsonl', '{"question":"a"}\n{"question":', 'q.jsonl line 2: is no JSON object: '],
    [
      'a key twice',
      'q.jsonl',
      '{"question":"a","question":"b"}',
      'q.jsonl line 1: is no JSON object: keys must be unique',
    ],
    ['a list in place of a case', 'q.jsonl', '[1]', 'q.jsonl line 1: '],
    [
      'a misspelt field',
      'q.jsonl',
      '\n{"question":"a","goldn":"b"}',
      `q.jsonl line 2: there is no field goldn; did you mean golden? Fields: ${FIELDS}`,
    ],
    [
      'no question',
      'q.jsonl',
      '{"id":"a"}',
      'q.jsonl line 1: asks nothing: give question, messages, or a whole request',
    ],
    ['two questions', 'q.jsonl', '{"question":"a","messages":[{"role":"user"}]}', 'has both question and messages'],
    ['a wrong role', 'q.jsonl', '{"messages":[{"role":"bot"}]}', 'q.jsonl line 1: messages.0.role: '],
    [
      'an id twice',
      'q.jsonl',
      '{"id":"a","question":"a"}\n{"id":"a","question":"b"}',
      'q.jsonl line 2: the id a is there already, on line 1',
    ],
    ['a question twice', 'q.jsonl', '{"question":"a"}\n{"question":"a"}', 'is there already, on line 1'],
    ['nothing', 'q.jsonl', '\n', 'q.jsonl has no case'],
    [
      'a misspelt column',
      'q.csv',
      'id,questoin\n1,a\n',
      'q.csv line 1: there is no column questoin; did you mean question?',
    ],
    ['a row with too many cells', 'q.csv', 'id,question\n1,a\n2,b,c\n', 'q.csv line 3: '],
    ['an open quote', 'q.csv', 'id,question\n1,"a\n', 'q.csv line '],
    ['a cell that is no JSON', 'q.csv', 'question,tools\na,[x\n', 'q.csv line 2: tools is no JSON: [x'],
    ['an empty question', 'q.csv', 'id,question\n1,\n', 'q.csv line 2: asks nothing'],
    ['a map', 'q.yaml', 'question: a\n', 'q.yaml line 1: is no list of cases'],
    ['wrong YAML', 'q.yaml', '- question: [a\n', 'q.yaml line '],
    [
      'a bad case in YAML',
      'q.yaml',
      '- question: a\n- question: b\n  tag: x\n',
      'q.yaml line 2: there is no field tag; did you mean tags?',
    ],
  ])('%s', (_, name, text, told) => {
    expect(refusal(name, text)).toContain(told);
  });

  it('a tag that no case has, and a file that is not there', () => {
    expect(refusal('q.jsonl', '{"question":"a","tags":["refund"]}', { tags: ['refunds'] })).toBe(
      'q.jsonl has no case with the tag refunds; did you mean refund? Tags: refund',
    );
    expect(() => load(path.join(folder, 'none.jsonl'))).toThrow("none.jsonl can't be read: there is no such file");
    expect(() => load(folder, { format: 'csv' })).toThrow('is a folder, where a file is needed');
    expect(() => load(folder, { format: 'bfcl' })).toThrow('holds no file BFCL_v<n>_<category>.json');
    expect(() => load(folder, { format: 'pubmedqa' })).toThrow("ori_pqal.json can't be read");
  });
});

const DATA = '../shared/data';
describe.skipIf(!existsSync(DATA))(`the recorded data (skipped when ${DATA} is absent)`, () => {
  it('has the leaderboard’s questions by category, with the right calls', () => {
    const { cases } = load(`${DATA}/bfcl`, { format: 'bfcl', tags: ['irrelevance', 'simple_python'] });
    expect(cases).toHaveLength(640);
    expect(cases.find(({ tags }) => tags.includes('irrelevance'))?.accepted).toBeNull();
    expect(cases.find(({ tags }) => tags.includes('simple_python'))?.accepted).toHaveLength(1);
  });

  it('has the 500 questions of PubMedQA’s test split, which are told nothing of what is right', () => {
    const { cases } = load(`${DATA}/pubmedqa`, { format: 'pubmedqa' });
    expect(cases).toHaveLength(500);
    expect(new Set(cases.map(({ golden }) => golden))).toEqual(new Set(['yes', 'no', 'maybe']));
    expect(cases.every(({ request }) => JSON.stringify(request).includes('Question: '))).toBe(true);
  });
});
