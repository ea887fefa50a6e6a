import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { questionOf } from '../dataset/case.fixture.ts';
import { answerText } from '../text-of.ts';
import { openAnswerFile, writeAnswerFile } from './answer-file.ts';
import { openReplay } from './replay.ts';
import type { Target } from './target.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'answers-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const ask = async (target: Target, id: string, repeat = 0) =>
  (await target.ask(questionOf(id), repeat, new AbortController().signal)).answered;
const fileOf = (text: string): string => {
  const file = path.join(folder, 'answers.jsonl');
  writeFileSync(file, text);
  return file;
};

describe('answers in a file', () => {
  it('may be written by people: words, calls, failures', async () => {
    const target = openAnswerFile(
      fileOf(
        [
          { id: 'a', answer: 'yes' },
          { id: 2, toolCalls: [{ name: 'f', arguments: { x: 1 } }, { name: 'g' }] },
          { id: 'c', error: 'HTTP 500' },
          { id: 'a', repeat: 1, answer: 'no' },
        ]
          .map((row) => JSON.stringify(row))
          .join('\n\n'),
      ),
    );
    expect(target).toMatchObject({ name: 'answers.jsonl', maxRepeats: 2, isRecorded: true });
    expect(answerText(await ask(target, 'a'))).toBe('yes');
    expect(answerText(await ask(target, 'a', 1))).toBe('no');
    expect(answerText(await ask(target, '2'))).toBe('f({"x":1})\ng({})');
    expect(answerText(await ask(target, 'c'))).toBe('(upstream_error: HTTP 500)');
    expect(await ask(target, 'd')).toEqual({ missing: 'answers.jsonl has no answer to d' });
  });

  it('that a gate saved are the same when they are read', async () => {
    const target = openAnswerFile(
      fileOf('{"id":"a","answer":"yes","latencyMs":12,"promptTokens":3,"completionTokens":4}'),
    );
    const answered = await ask(target, 'a');
    const saved = path.join(folder, 'saved.jsonl');
    writeAnswerFile(saved, [
      { of: questionOf('a'), repeat: 0, answered },
      { of: questionOf('b'), repeat: 0, answered: { missing: 'x' } },
    ]);
    expect(await ask(openAnswerFile(saved), 'a')).toEqual(answered);
  });

  it.each([
    ['{"id":"a"}\n{"id":', 'line 2 is no answer'],
    [
      '{"id":"a","anser":"x"}',
      'line 1 is no answer: Unrecognized key: "anser"; a line is like {"id": "q-1", "answer": "…"}',
    ],
    ['{"id":"a"}\n{"id":"a"}', 'line 2 answers a a second time'],
    ['\n', 'has no answer'],
  ])('are refused with the line: %j', (text, told) => {
    expect(() => openAnswerFile(fileOf(text))).toThrow(told);
  });

  it('that are not there are told of', () => {
    expect(() => openAnswerFile('/none.jsonl')).toThrow("the answers in /none.jsonl can't be read: ENOENT");
  });
});

const DATA = '../shared/data';
describe.skipIf(!existsSync(DATA))(`recorded answers (skipped when ${DATA} is absent)`, () => {
  it('are those of a model of the leaderboard, and of PubMedQA’s two kinds of reader', async () => {
    const model = openReplay(`${DATA}/bfcl-result/gpt-4o-2024-08-06-FC`, 'bfcl');
    expect(answerText(await ask(model, 'simple_python_0'))).toMatch(/^calculate_triangle_area\(/);
    const reader = openReplay(`${DATA}/pubmedqa/reasoning_free`, 'pubmedqa');
    expect(['yes', 'no', 'maybe']).toContain(answerText(await ask(reader, '12377809')));
  });

  it('that are not there are told of, with what there is', () => {
    expect(() => openReplay(`${DATA}/pubmedqa/somebody`, 'pubmedqa')).toThrow(
      'one of reasoning_required, reasoning_free',
    );
    expect(() => openReplay(`${DATA}/bfcl-result/gpt-9`, 'bfcl')).toThrow('name one of the folders in');
  });
});
