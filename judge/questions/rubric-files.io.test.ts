import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readRubrics } from './rubric-files.io.ts';

const tone = fileURLToPath(new URL('../../examples/judge/tone.yaml', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rubrics-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('readRubrics', () => {
  it('reads the example', () => {
    expect(readRubrics([tone])).toMatchObject([{ metric: 'tone', version: expect.stringMatching(/^[0-9a-f]{12}$/) }]);
  });

  it('says which file, where in it, and why', () => {
    const wrong = write(
      'wrong.yaml',
      'apiVersion: coalmine/v1\nkind: Rubric\nmetadata: {name: x}\nspec: {metric: x, scale: {min: 5, max: 1}, criteria: []}',
    );
    expect(() => readRubrics([wrong])).toThrow(/wrong\.yaml is no rubric[^]*max must be above min[^]*spec\.scale/);
    expect(() => readRubrics([write('broken.yaml', 'a: [')])).toThrow(/broken\.yaml can't be read/);
    expect(() => readRubrics([join(folder, 'none.yaml')])).toThrow(/none\.yaml can't be read.*ENOENT/);
  });

  it('refuses two rubrics of one metric', () => {
    expect(() => readRubrics([tone, tone])).toThrow(/both score the metric tone/);
  });
});
