import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPlan } from './plan-file.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'plan-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const read = (text: string) => {
  const file = path.join(folder, 'gate.yaml');
  writeFileSync(file, text);
  return readPlan(file);
};
const HEAD =
  'apiVersion: coalmine/v1\nkind: GatePlan\nmetadata: { name: golden }\nspec:\n  agent: support\n  dataset: { file: q.jsonl }\n';

describe('a plan', () => {
  it('has its paths from its own folder, wherever the gate is run', () => {
    const { spec } = read(
      `${HEAD}  candidate: { command: [node, a.ts], readyUrl: 'http://127.0.0.1:9/livez', cwd: ../app }\n  baseline: { file: base.jsonl }\n  criteria: [{ metric: empathy, min: 0.5 }]\n`,
    );
    expect(spec.dataset.path).toBe(path.join(folder, 'q.jsonl'));
    expect(spec.candidate).toMatchObject({ cwd: path.resolve(folder, '../app') });
    expect(spec.baseline).toEqual({ kind: 'file', file: path.join(folder, 'base.jsonl') });
  });

  it.each([
    ['no YAML', 'a: [1', 'line 1: '],
    [
      'an unknown field',
      `${HEAD}  criterai: []\n  criteria: [{ metric: empathy, min: 0.5 }]\n`,
      'gate.yaml line 5: spec: Unrecognized key: "criterai"',
    ],
    [
      'a wrong value',
      `${HEAD}  ask: { concurrency: 0 }\n  criteria: [{ metric: empathy, min: 0.5 }]\n`,
      'gate.yaml line 7: spec.ask.concurrency: ',
    ],
    [
      'several faults at once',
      `${HEAD}  alpha: 2\n  ask: { repeats: 0 }\n  criteria: [{ metric: empathy, min: 0.5 }]\n`,
      'gate.yaml line 7: spec.alpha: ',
    ],
    [
      'another kind',
      'apiVersion: coalmine/v1\nkind: Agent\nmetadata: { name: a }\nspec: {}\n',
      'gate.yaml line 2: kind: ',
    ],
  ])('is refused with file and line: %s', (_, text, told) => {
    expect(() => read(text)).toThrow(told);
  });

  it('that is not there is told of', () => {
    expect(() => readPlan('/none.yaml')).toThrow("the plan /none.yaml can't be read: there is no such file");
  });
});
