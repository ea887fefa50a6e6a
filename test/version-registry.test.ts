import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { apply } from '../cli/verbs/apply.ts';
import { dataset } from '../cli/verbs/dataset.ts';
import { commandOf } from '../cli/verbs/verb.ts';
import { version } from '../cli/verbs/version.ts';
import { servedApi } from '../controller/test/served-api.harness.ts';
import { bearer } from '../controller/test/api-access.fixture.ts';
import { agentYaml } from '../controller/test/registered.fixture.ts';
import { VersionView } from '../schemas/registry-views.ts';

const root = path.resolve(import.meta.dirname, '..');
const EXAMPLE = path.join(root, 'examples/versions/agent.yaml');
const [one, other] = [servedApi(31), servedApi(32)];
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'versions-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a verb in this process: what a command line would print, and why it would end with 1. */
const coalmine = async (
  api: { urlOf: (path: string) => string },
  ...args: string[]
): Promise<{ stdout: string; stderr: string; failure: string }> => {
  const said = { stdout: '', stderr: '', failure: '' };
  const log = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said.stdout += String(text);
    return true;
  });
  const error = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.stderr += String(text);
    return true;
  });
  vi.stubEnv('CONTROLLER_KEY', bearer('ann').authorization.slice('Bearer '.length));
  vi.stubEnv('FORCE_COLOR', '0');
  vi.stubEnv('CONTROLLER_URL', api.urlOf(''));
  try {
    const program = new Command('coalmine');
    for (const verb of [apply, version, dataset]) program.addCommand(commandOf(verb));
    await program.parseAsync(args, { from: 'user' });
  } catch (caught) {
    said.failure = caught instanceof Error ? caught.message : String(caught);
  } finally {
    log.mockRestore();
    error.mockRestore();
    vi.unstubAllEnvs();
  }
  return said;
};
const shown = async (label: string): Promise<VersionView> =>
  VersionView.parse(JSON.parse((await coalmine(one, 'version', 'show', 'returns', label, '--json')).stdout));

describe('the version command', { timeout: 60_000 }, () => {
  it('registers what a file refers to, once, and shows the text of the prompt', async () => {
    const created = await coalmine(one, 'version', 'create', '-f', EXAMPLE);
    expect([created.failure, created.stderr]).toEqual(['', '']);
    expect(created.stdout).toMatch(/^returns v1: created \([0-9a-f]{64}\)\nreturns v1\.1: created \([0-9a-f]{64}\)\n$/);
    expect((await coalmine(one, 'version', 'create', '-f', EXAMPLE)).stdout).toMatch(
      /v1: unchanged.*\n.*v1\.1: unchanged/,
    );
    const v1 = await shown('v1');
    expect(v1).toMatchObject({
      code: expect.stringMatching(/^folder:sha256:/),
      content: {
        prompt: readFileSync(path.join(root, 'examples/versions/prompts/v1.md'), 'utf8'),
        model: { temperature: 0, upstreamModel: 'support-rules' },
        dependencies: { 'requirements.txt': expect.stringMatching(/^sha256:/) },
      },
      createdBy: 'ann (key_ann)',
      upstream: null,
    });
    const page = (await coalmine(one, 'version', 'show', 'returns', v1.id.slice(0, 8))).stdout;
    expect(page).toMatch(/^returns v1 \(registered\)\n/);
    expect(page).toMatch(/Goods can be returned within 30 days/);
  });

  it('lists them all, and those of one agent', async () => {
    const all = (await coalmine(one, 'version', 'list')).stdout.split('\n');
    expect(all[0]).toMatch(/^agent +version +id +state +parent/);
    expect(all[2]).toMatch(/^returns +v1\.1 +[0-9a-f]{12} +registered +v1 /);
    expect(await coalmine(one, 'version', 'list', 'nobody')).toMatchObject({
      failure: 'there is no agent nobody; `coalmine versions` shows what there is',
    });
  });

  it('compares prompts word by word, and all else field by field', async () => {
    const { stdout } = await coalmine(one, 'version', 'diff', 'returns', 'v1', 'v1.1');
    expect(stdout).toContain('Be [-polite-]{+concise+} and [-thorough-]{+kind+}.');
    expect(stdout).toContain('within [-30-]{+14+} days');
    expect(stdout).toContain('  …\n');
    expect(stdout).not.toMatch(/model|code:/);
    expect((await coalmine(one, 'version', 'diff', 'returns', 'v1', 'v1')).stdout).toMatch(/have the same content/);
  });

  it('refuses a changed prompt under a label and names the next free one, applied or created', async () => {
    const changed = path.join(folder, 'changed.yaml');
    writeFileSync(changed, agentYaml({ v1: 'Be rude.' }, 'returns'));
    for (const args of [['apply'], ['version', 'create', '-f']]) {
      const refused = await coalmine(one, ...args, changed);
      expect(refused.stdout).toBe('');
      expect(refused.failure).toMatch(
        /v1 is registered with another content \(another code, another prompt.*\): *|create v1\.2/,
      );
      expect(refused.failure).toContain('versions are immutable: create v1.2');
    }
  });

  it('goes back to a version by its label, or by its id, with the reason in the log', async () => {
    expect((await coalmine(one, 'apply', EXAMPLE)).stdout).toBe('Agent returns: registered\n');
    const to = await coalmine(one, 'version', 'rollback', 'returns', '--to', 'v1.1', '--reason', 'shorter');
    expect(to.stdout).toMatch(/v1\.1.*shorter/);
    const { id } = await shown('v1');
    await coalmine(one, 'version', 'rollback', 'returns', '--to', id.slice(0, 8), '--reason', 'customers complain');
    const [v1, next] = [await shown('v1'), await shown('v1.1')];
    expect([v1.isStable, next.isStable]).toEqual([true, false]);
    expect(next.incidents).toMatchObject([{ type: 'replaced', sentence: expect.stringMatching(/customers complain/) }]);
    expect((await coalmine(one, 'version', 'show', 'returns', 'v1.1')).stdout).toMatch(/lineage\n.*answers at http/);
  });

  it('labels a content once more, and moves everything to another controller as one file', async () => {
    expect((await coalmine(one, 'version', 'label', 'returns', 'v1', 'golden')).stdout).toMatch(
      /^returns golden: created/,
    );
    const file = path.join(folder, 'registry.json');
    expect((await coalmine(one, 'version', 'export', '--out', file)).failure).toBe('');
    expect((await coalmine(other, 'version', 'import', '-f', file)).stdout).toBe('3 written, 0 there already\n');
    expect((await coalmine(other, 'version', 'export')).stdout).toBe(readFileSync(file, 'utf8'));
    writeFileSync(file, '{"kind":"Registry"');
    expect(await coalmine(other, 'version', 'import', '-f', file)).toMatchObject({
      failure: expect.stringMatching(/is no file of `coalmine version export`/),
    });
  });

  it('has datasets beside it, which come back in canonical form', async () => {
    const file = path.join(folder, 'questions.jsonl');
    writeFileSync(file, '{"q":"Where?","id":"b"}\n{"id":"a"}\n');
    const created = await coalmine(one, 'dataset', 'create', 'returns', 'golden', '-f', file);
    expect(created.stdout).toMatch(/^golden v1: created, 2 cases \([0-9a-f]{64}\)\n$/);
    expect((await coalmine(one, 'dataset', 'list', 'returns')).stdout).toMatch(/^golden v1 {2}[0-9a-f]{12} {2}2 cases/);
    expect((await coalmine(one, 'dataset', 'show', 'returns', 'golden')).stdout).toBe(
      '{"id":"a"}\n{"id":"b","q":"Where?"}\n',
    );
  });

  it('ends with 2 where the command line is wrong', async () => {
    const ran = await new Promise((resolve) => {
      const args = ['cli/coalmine.ts', 'version', 'show', 'returns'];
      execFile(process.execPath, args, { cwd: root }, (error) => resolve(error?.code));
    });
    expect(ran).toBe(2);
  });
});
