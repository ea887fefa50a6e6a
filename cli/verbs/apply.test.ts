import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Applied, PlannedDocument } from '../../schemas/controller-api.ts';
import { startStubController, type StubController } from '../controller/stub-controller.fixture.ts';
import { apply } from './apply.ts';
import { diff } from './diff.ts';
import { type Ended, runVerb } from './run-verb.fixture.ts';
import { validate } from './validate.ts';
import type { Verb } from './verb.ts';

const began: Applied = {
  kind: 'Rollout',
  name: 'support-v2',
  result: 'started',
  agent: 'support',
  sequence: 2,
  rollout: 'support-v2#2',
  note: '',
  timeToVerdict: null,
  sentence: 'At 12 requests a minute it needs about 19 hours more.',
};
const unchanged: Applied = { ...began, result: 'unchanged', note: 'it is under way', sentence: '' };
const planned: PlannedDocument = {
  kind: 'Agent',
  name: 'support',
  result: 'registered',
  agent: 'support',
  rollout: null,
  note: '',
  before: { spec: { versions: [{ label: 'v1', upstream: 'http://a\u001b[31m' }] } },
  after: { spec: { versions: [{ label: 'v1', upstream: 'http://b' }] } },
};

let folder: string;
let controller: StubController;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'apply-'));
  for (const name of ['agent', 'rollout']) writeFileSync(fileOf(name), `from: ${name}.yaml`);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => controller.close());

const fileOf = (name: string): string => path.join(folder, `${name}.yaml`);
const run = async (verb: Verb, applied: Applied[], ...args: string[]): Promise<Ended> => {
  controller = await startStubController({
    'POST /v1/documents': { applied },
    'POST /v1/documents/plan': { planned: [planned] },
  });
  return runVerb(verb, args, { CONTROLLER_URL: controller.url });
};

describe('the apply command', () => {
  it('gives all files as one text, says what became of each, and how long a rollout takes', async () => {
    const { code, stdout } = await run(apply, [began], '-f', fileOf('agent'), fileOf('rollout'));
    expect([code, stdout]).toEqual([
      0,
      'Rollout support-v2: started (support-v2#2)\n  At 12 requests a minute it needs about 19 hours more.\n',
    ]);
    expect(controller.asked).toEqual(['POST /v1/documents from: agent.yaml\n---\nfrom: rollout.yaml']);
  });

  it('says why nothing was done, restarts on request, and prints JSON', async () => {
    const told = await run(apply, [unchanged], '--restart', fileOf('agent'));
    expect(told.stdout).toBe('Rollout support-v2: unchanged (support-v2#2); it is under way\n');
    expect(controller.asked[0]).toContain('/v1/documents?restart=true');
    const asJson = await run(apply, [unchanged], '--json', fileOf('agent'));
    expect(JSON.parse(asJson.stdout)).toEqual({ applied: [unchanged] });
  });

  it('only asks what would come of it in a dry run', async () => {
    const told = await run(apply, [], '--dry-run', '-f', fileOf('agent'));
    expect(told.stdout).toBe('Agent support: registered (dry run: nothing was done)\n');
    expect(controller.asked).toEqual(['POST /v1/documents/plan from: agent.yaml']);
  });

  it('names a file that is not there, and asks for one', async () => {
    const missing = await run(apply, [], 'missing.yaml');
    expect([missing.code, controller.asked]).toEqual([1, []]);
    expect(missing.stderr).toMatch(/^coalmine: missing\.yaml can't be read/);
    expect(await run(apply, [])).toMatchObject({ code: 2, stderr: expect.stringContaining('name a file') });
  });
});

it('diff says field by field what applying would change, and sends no escape to the terminal', async () => {
  const told = await run(diff, [], '-f', fileOf('agent'));
  expect(told).toEqual({
    code: 0,
    stdout: 'Agent support: registered\n  ~ spec.versions.v1.upstream: http://a\\x1b[31m → http://b\n',
    stderr: '',
  });
  expect(JSON.parse((await run(diff, [], '-f', fileOf('agent'), '--json')).stdout)).toMatchObject({
    planned: [{ changes: [{ path: 'spec.versions.v1.upstream', after: 'http://b' }] }],
  });
});

describe('validate', () => {
  const checked = async (text: string, ...args: string[]): Promise<Ended> => {
    writeFileSync(fileOf('given'), text);
    return run(validate, [], '-f', fileOf('given'), ...args);
  };
  const agent = `apiVersion: coalmine/v1
kind: Agent
metadata: { name: support }
spec:
  stable: v1
  versions: [{ label: v1, upstream: 'http://127.0.0.1:1/v1', code: c1 }]
`;
  const rollout = (more: string): string => `---
# what is to be released
apiVersion: coalmine/v1
kind: Rollout
metadata: { name: support-v2 }
spec:
  agent: support
  candidate: v2
${more}`;

  it('asks nobody, names what is valid, and doubts a version that no document here has', async () => {
    const ended = await checked(`${agent}${rollout('')}`);
    expect(ended.stdout).toBe('Agent support: valid\nRollout support-v2: valid\n');
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('v2 is not among the versions of support'),
    });
    expect((await checked(agent.replace(', code: c1', ''))).stderr).toContain('v1 does not say which code it is');
    expect((await checked(agent)).stderr).toBe('');
    expect(controller.asked).toEqual([]);
  });

  it('names the line of each fault, and ends with 1', async () => {
    const ended = await checked(
      `${agent}${rollout('  stages:\n    - { weightPct: 5, duration: soon }\n  colour: red\n')}`,
    );
    expect(ended.code).toBe(1);
    expect(ended.stdout.replaceAll(fileOf('given'), 'given')).toBe(
      'given:16: document 2.spec.stages.0.duration: a duration like 250ms, 10s, 30m, 2h or 7d\n' +
        'given:17: document 2.spec.colour: unknown field\n',
    );
    expect(await checked('a: [1')).toMatchObject({ code: 1, stdout: expect.stringContaining('given.yaml:1: ') });
    const asJson = await checked('kind: Robot', '--json');
    expect(JSON.parse(asJson.stdout)).toMatchObject({ faults: [{ line: 1, path: 'kind' }] });
  });
});
