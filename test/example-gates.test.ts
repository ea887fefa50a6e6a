import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pickFreePorts } from '../infra/parts/ports.ts';
import { gate as gateVerb } from '../cli/verbs/gate.ts';
import { type Ended, runVerb } from '../cli/verbs/run-verb.fixture.ts';
import { goldenCase } from '../examples/support/golden.ts';
import { isWhole } from './whole.ts';

const root = path.resolve(import.meta.dirname, '..');
const gates = path.join(root, 'examples/gates');

let folder = '';
beforeAll(() => void (folder = mkdtempSync(path.join(tmpdir(), 'example-gates-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const gate = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  runVerb(gateVerb, [...args, '--no-file-verdict', '--state', path.join(folder, 'state')], env);

describe('the gate of the support agent', { timeout: 120_000 }, () => {
  /** The plan as it stands, on ports that are free. */
  const plan = async (): Promise<string> => {
    const [candidate, baseline] = (await pickFreePorts(2)) as [number, number];
    const text = readFileSync(path.join(gates, 'support.yaml'), 'utf8')
      .replaceAll('9191', String(candidate))
      .replaceAll('9192', String(baseline))
      .replaceAll('cwd: ../..', `cwd: ${root}`)
      .replace('file: support-questions.yaml', `file: ${gates}/support-questions.yaml`);
    const file = path.join(folder, `support-${candidate}.yaml`);
    writeFileSync(file, text);
    return file;
  };

  it('blocks the bad prompt, as short as possible, and shows what it said', async () => {
    const comment = path.join(folder, 'comment.md');
    const { code, stdout } = await gate(['-f', await plan(), '--markdown', comment], { PROMPT: 'v2.md' });
    expect(code).toBe(3);
    for (const metric of ['task_success', 'tool_validity', 'empathy', 'no-blame', 'error_rate'])
      expect(stdout).toMatch(new RegExp(`FAIL +${metric}`));
    expect(readFileSync(comment, 'utf8')).toContain('**Merge blocked:**');
    expect(readFileSync(comment, 'utf8')).toMatch(/Calm down|our problem|wasting our time|read the email/);
  });

  // In the suite it passes as docs/gate.md prints it.
  it.runIf(isWhole)('passes the good one, concise and kind', async () => {
    const { code, stdout } = await gate(['-f', await plan()], { PROMPT: 'v3.md' });
    expect([code, stdout]).toEqual([0, expect.stringContaining('Gate support-golden passed [500 questions')]);
  });

  it('asks the questions that its command writes', async () => {
    const written = await new Promise<string>((resolve) => {
      execFile(process.execPath, ['examples/gates/main.ts'], { cwd: root, maxBuffer: 2 ** 24 }, (_, stdout) =>
        resolve(stdout),
      );
    });
    expect(readFileSync(path.join(gates, 'support-questions.yaml'), 'utf8')).toBe(written);
    expect(goldenCase('golden', 0)).toEqual(goldenCase('golden', 0));
  });
});

const DATA = '../shared/data';
describe.skipIf(!existsSync(path.join(root, DATA)))(
  `on recorded answers (skipped when ${DATA} is absent)`,
  { timeout: 120_000 },
  () => {
    const bfcl = (candidate: string): Promise<Ended> =>
      gate(['-f', 'examples/gates/bfcl.yaml', '--candidate', `replay:${DATA}/bfcl-result/${candidate}-FC`]);
    const reader = (name: string): string => `replay:${DATA}/pubmedqa/${name}`;

    it('the better model version passes', async () => {
      expect((await bfcl('gpt-4o-2024-08-06')).code).toBe(0);
    });

    it.runIf(isWhole)('a version passes against itself', async () => {
      expect((await bfcl('gpt-4o-2024-05-13')).code).toBe(0);
    });

    it('the worse one fails, and the slice is named that it lost, though others got better', async () => {
      const { code, stdout } = await bfcl('gpt-3.5-turbo-0125');
      expect(code).toBe(3);
      expect(stdout).toContain('FAIL: task_success where category is irrelevance fell by');
      expect(stdout).not.toMatch(/FAIL: task_success where category is (simple|multiple|parallel)/);
    });

    it('those who read more of the papers pass beside those who read less, and not the other way', async () => {
      const plan = ['-f', 'examples/gates/pubmedqa.yaml'];
      const better = await gate(plan);
      expect([better.code, better.stdout]).toEqual([0, expect.stringContaining('[500 questions')]);
      const worse = await gate([
        ...plan,
        '--candidate',
        reader('reasoning_required'),
        '--baseline',
        reader('reasoning_free'),
      ]);
      expect([worse.code, worse.stdout]).toEqual([
        3,
        expect.stringContaining('FAIL: right fell by 13.7 %, from 90 % to 78 %'),
      ]);
    });
  },
);
