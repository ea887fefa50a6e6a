import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runVerb } from './verbs/run-verb.fixture.ts';
import { VERBS } from './verbs/registry.ts';

const verbs = await Promise.all(VERBS.map(({ load }) => load()));
const root = path.resolve(import.meta.dirname, '..');
const coalmine = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['cli/coalmine.ts', ...args], { cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

describe('the coalmine program', { timeout: 30_000 }, () => {
  it('names each verb with what it does in one line, and teaches by examples', async () => {
    const { code, stdout } = await coalmine('--help');
    expect(code).toBe(0);
    for (const { name, summary } of verbs)
      expect(stdout.split('\n').filter((line) => line.includes(` ${name} `) && line.endsWith(summary))).toHaveLength(1);
    expect(stdout).toContain('Examples:\n  npx coalmine start\n');
  });

  it.each(verbs.map((verb) => [verb.name, verb] as const))('teaches %s by examples', async (_, verb) => {
    const { code, stdout } = await runVerb(verb, ['--help']);
    expect([code, verb.examples.length > 0]).toEqual([0, true]);
    for (const example of verb.examples) expect(stdout).toContain(example);
    // Durations are said as they are given.
    expect(stdout).not.toMatch(/<duration>[^()<]*\(default: \d+\)/);
  });

  it('names the help of the very command that was wrong', async () => {
    const { code, stderr } = await coalmine('version', 'show', 'support');
    expect([code, stderr]).toEqual([2, expect.stringContaining('`coalmine version show --help` shows how it is used')]);
  });

  it('knows each verb by its own name', () => {
    expect(verbs.map(({ name }) => name)).toEqual(VERBS.map(({ name }) => name));
  });

  it('tells in a sentence on stderr what a verb could not do, and ends with 1', async () => {
    expect(await coalmine('get', 'x', '--url', 'http://127.0.0.1:9')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^coalmine: no controller answers at http:\/\/127\.0\.0\.1:9; .*\n$/),
    });
  });

  it('refuses a verb that it does not know, and says which there are', async () => {
    const { code, stdout, stderr } = await coalmine('lost');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain("unknown command 'lost'");
    for (const { name } of VERBS) expect(stderr).toContain(name);
  });
});
