import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importManifest } from './import.ts';
import { runVerb } from './run-verb.fixture.ts';
import { validate } from './validate.ts';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-import-'));
  file = path.join(folder, 'canary.yaml');
  writeFileSync(
    file,
    'apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: { name: shop }\nspec: { analysis: { interval: 1m, stepWeight: 50, primaryReadyThreshold: 2 } }\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

it('import prints a document that validate takes, and says on stderr what has no counterpart', async () => {
  const { code, stdout, stderr } = await runVerb(importManifest, [
    'flagger',
    '-f',
    file,
    '--candidate',
    'v2',
    '--agent',
    'support',
  ]);
  expect([code, stderr]).toEqual([0, expect.stringContaining('  spec.analysis.primaryReadyThreshold: is about pods')]);
  const rollout = path.join(folder, 'rollout.yaml');
  writeFileSync(rollout, stdout);
  expect(await runVerb(validate, ['-f', rollout])).toMatchObject({ code: 0, stdout: 'Rollout shop: valid\n' });
});

it('import names what it does not find, and wants to know the candidate', async () => {
  const other = await runVerb(importManifest, ['argo', '-f', file, '--candidate', 'v2']);
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no Rollout of argoproj.io') });
  expect((await runVerb(importManifest, ['flagger', '-f', file])).code).toBe(2);
});
