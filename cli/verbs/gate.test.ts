import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGateBench } from '../gate/gate-process.harness.ts';
import { isWhole } from '../../test/whole.ts';
import { until } from '../until.ts';

let bench: ReturnType<typeof createGateBench>;
beforeEach(() => void (bench = createGateBench()));
afterEach(() => bench.close());

const WAIT_MS = 20_000;
const run = (args: readonly string[]) => bench.run(args);
/** The program itself, which is what CI runs. */
const program = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => bench.start(args, env).ended;
const keptLines = (): number => {
  const folder = bench.file('state/golden');
  const [log] = readdirSync(folder).filter((name) => name.startsWith('answers-'));
  return readFileSync(path.join(folder, log!), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"key"')).length;
};

describe('a gate', { timeout: 60_000 }, () => {
  it('passes with 0 what holds, and shows the table on stdout and progress on stderr', async () => {
    const { url } = await bench.agent();
    bench.questions(20);
    const { code, stdout, stderr } = await program(['-f', bench.plan({ candidate: { url } })]);
    expect(code).toBe(0);
    expect(stdout).toContain('Gate golden passed [20 questions');
    expect(stdout).toMatch(/pass {2}right +100 % +≥ 90 %/);
    expect(stderr).toContain('20 questions of');
    expect(stderr).toContain('20 answers to ask for, 16 at a time');
  });

  it('fails with 3, says why, and writes a report of each kind', async () => {
    const { url } = await bench.agent((question) => ({
      content: question === 'q3' || question === 'q7' ? 'no idea' : question,
    }));
    bench.questions(10);
    const [junit, markdown, json] = ['out.xml', 'out.md', 'out.json'].map((name) => bench.file(name)) as [
      string,
      string,
      string,
    ];
    const summary = bench.file('summary.md');
    const { code, stdout, stderr } = await program(
      ['-f', bench.plan({ candidate: { url } }), '--junit', junit, '--markdown', markdown, '--json', json, '--github'],
      { GITHUB_STEP_SUMMARY: summary },
    );
    expect(code).toBe(3);
    expect(stdout).toContain('FAIL: right holds for 80 % of the answers, below the least allowed, 90 % [n=10]');
    expect(stdout).toContain('q3 (line 4)');
    expect(readFileSync(junit, 'utf8')).toContain('<failure message="right holds for 80 %');
    expect(readFileSync(markdown, 'utf8')).toContain('**Merge blocked:** right holds for 80 %');
    expect(readFileSync(summary, 'utf8')).toContain('**Merge blocked:**');
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
      verdict: 'fail',
      exitCode: 3,
      candidate: { answers: 10 },
    });
    expect(stderr).toMatch(/::error file=.*gate\.yaml,title=golden%3A right fails::right holds for 80 %25/);
    expect(stderr).toMatch(/::warning file=.*questions\.jsonl,line=4,title=golden%3A q3::/);
  });

  it('compares with a baseline: another URL, or the answers that it saved', async () => {
    const [good, bad] = [await bench.agent(), await bench.agent(() => ({ content: 'no idea' }))];
    bench.questions(40);
    const criteria = [{ check: 'right', exact: true, minPct: 0, maxDropPct: 5 }];
    const plan = bench.plan({ candidate: { url: bad.url }, criteria });
    const saved = bench.file('answers.jsonl');
    const first = await run(['-f', plan, '--candidate', good.url, '--baseline', good.url, '--save-answers', saved]);
    expect([first.code, good.asked.length]).toEqual([0, 80]);
    const second = await run(['-f', plan, '--baseline', saved]);
    expect(second.code).toBe(3);
    expect(second.stdout).toContain('right fell by 100 %, from 100 % to 0 %');
    expect(good.asked).toHaveLength(80);
    const third = await run(['-f', plan, '--candidate', good.url, '--baseline', 'same', '--fresh']);
    expect([third.code, good.asked.length]).toEqual([0, 160]);
  });

  it('that could not measure enough never passes: 4', async () => {
    bench.questions(20);
    const answers = Array.from({ length: 10 }, (_, i) => JSON.stringify({ id: `q${i}`, answer: `q${i}` }));
    const { url } = await bench.agent();
    writeFileSync(bench.file('some.jsonl'), answers.join('\n'));
    const criteria = [{ check: 'right', exact: true, minPct: 50, maxDropPct: 5 }];
    const { code, stdout } = await program([
      '-f',
      bench.plan({ candidate: { url }, criteria }),
      '--baseline',
      bench.file('some.jsonl'),
    ]);
    expect(code).toBe(4);
    expect(stdout).toContain('Gate golden inconclusive');
    expect(stdout).toContain('10 questions could not be measured');
  });

  it('tells what is wrong with a plan, a dataset and a command line by 2, with file and line', async () => {
    bench.questions(1);
    const plan = bench.plan({ candidate: { url: 'http://127.0.0.1:1/v1' }, criteria: [{ metric: 'empaty', min: 1 }] });
    expect(await program(['-f', plan])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/gate\.yaml line \d+: spec\.criteria\.0\.metric: .*did you mean empathy\?/),
    });
    expect(await run(['-f', bench.file('none.yaml')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no such file'),
    });
    expect(await run([])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("required option '-f, --file <plan>'"),
    });
    const good = bench.plan({});
    expect(await run(['-f', good])).toMatchObject({ code: 2, stderr: expect.stringContaining('give --candidate') });
    writeFileSync(bench.file('questions.jsonl'), '{"question":"a"}\n{"qestion":"b"}');
    expect(await run(['-f', good, '--candidate', 'http://127.0.0.1:1/v1'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/questions\.jsonl line 2: there is no field qestion; did you mean question\?/),
    });
    expect(await run(['-f', good, '--candidate', 'replay:x', '--max-judge-usd', 'much'])).toMatchObject({ code: 2 });
    const { url, asked } = await bench.agent();
    for (const report of ['--junit', '--markdown', '--json', '--save-answers'])
      expect(await run(['-f', good, '--candidate', url, report, bench.file('none/report')])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`there is no folder ${bench.file('none')}`),
      });
    expect(asked).toHaveLength(0);
  });

  it('that can’t be run ends with 1: nobody there, a wrong key, two versions at one address', async () => {
    bench.questions(40);
    const plan = bench.plan({ ask: { retries: 0 } });
    const nobody = await program(['-f', plan, '--candidate', 'http://127.0.0.1:1/v1']);
    expect(nobody).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining("http://127.0.0.1:1/v1 can't be asked: ECONNREFUSED"),
    });
    expect(await run(['-f', plan, '--candidate', `replay:${bench.file('none')}`])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`there is no folder ${bench.file('none')} with recorded answers`),
    });
    const closed = await bench.agent(() => ({ status: 401, content: 'bad key' }));
    expect(await run(['-f', plan, '--candidate', closed.url])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('HTTP 401: bad key (is the key right?)'),
    });
    expect(closed.asked.length).toBeLessThan(40);
    const mixed = await bench.agent((question) => ({
      content: question,
      headers: { 'x-agent-version': question === 'q9' ? 'v2' : 'v1' },
    }));
    expect(await run(['-f', plan, '--candidate', mixed.url])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('answered as v1 and as v2'),
    });
  });
});

describe('a gate that was stopped', { timeout: 60_000 }, () => {
  it.each(isWhole ? (['SIGKILL', 'SIGINT', 'SIGTERM'] as const) : (['SIGKILL'] as const))(
    'by %s goes on where it was, and asks nothing twice that was answered',
    async (signal) => {
      const COUNT = 200;
      const { url, asked } = await bench.agent(undefined, 20);
      bench.questions(COUNT);
      const plan = bench.plan({ candidate: { url } });
      const { child, ended } = bench.start(['-f', plan]);
      await until('the middle', () => (asked.length > COUNT / 2 ? true : undefined), WAIT_MS);
      child.kill(signal);
      const stopped = await ended;
      expect(stopped.code).toBe(signal === 'SIGKILL' ? null : 1);
      if (signal !== 'SIGKILL') expect(stopped.stderr).toContain(`stopped by ${signal}: what was answered is kept`);
      const [kept, askedBefore] = [keptLines(), asked.length];
      expect(kept).toBeGreaterThan(COUNT / 2 - 20);
      const { code, stdout, stderr } = await run(['-f', plan, '--json']);
      expect(code).toBe(0);
      expect(stderr).toContain(`${COUNT - kept} answers to ask for, ${kept} are there (--fresh asks anew)`);
      expect(asked).toHaveLength(askedBefore + COUNT - kept);
      // What was under way at the end is all that is asked again.
      expect(askedBefore - kept).toBeLessThanOrEqual(16);
      expect(new Set(asked).size).toBe(COUNT);
      expect(JSON.parse(stdout)).toMatchObject({ verdict: 'pass', candidate: { answers: COUNT, kept } });
    },
  );

  it('is asked anew once it came to its end, unless its answers are to be used again', async () => {
    const { url, asked } = await bench.agent();
    bench.questions(10);
    const plan = bench.plan({ candidate: { url } });
    for (const [args, expected] of [
      [[], 10],
      [[], 20],
      [['--reuse'], 20],
      [['--fresh'], 30],
    ] as const) {
      expect((await run(['-f', plan, ...args])).code).toBe(0);
      expect(asked).toHaveLength(expected);
    }
  });
});

describe('secrets', { timeout: 60_000 }, () => {
  it('of the environment stand in no report, log or kept answer, though the agent quotes them', async () => {
    const KEY = 'sk-very-secret-0123456789';
    const { url } = await bench.agent((question) =>
      question === 'q1' ? { status: 400, content: `bad key ${KEY}` } : { content: `${question} ${KEY}` },
    );
    bench.questions(4);
    const files = ['out.xml', 'out.md', 'out.json', 'saved.jsonl'].map((name) => bench.file(name)) as [
      string,
      string,
      string,
      string,
    ];
    const plan = bench.plan({ candidate: { url, apiKeyFrom: 'SUPPORT' }, ask: { retries: 0 } });
    const { code, stdout, stderr } = await program(
      [
        '-f',
        plan,
        '--junit',
        files[0],
        '--markdown',
        files[1],
        '--json',
        files[2],
        '--save-answers',
        files[3],
        '--github',
      ],
      { SUPPORT: KEY },
    );
    expect(code).toBe(3);
    const state = bench.file('state/golden');
    const kept = readdirSync(state).map((name) => path.join(state, name));
    const all = [stdout, stderr, ...[...files, ...kept].map((file) => readFileSync(file, 'utf8'))];
    expect(all.filter((one) => /(?:\[|&#91;)secret/.test(one)).length).toBeGreaterThan(5);
    for (const one of all) expect(one).not.toContain('0123456789');
  });
});

describe('a verdict', { timeout: 60_000 }, () => {
  it('is filed with the controller as what a rollout waits for', async () => {
    const filed: string[] = [];
    const server = createServer((request, response) => {
      const answer = async (): Promise<void> => {
        filed.push(`${request.url} ${await text(request)}`);
        const applied = {
          kind: 'Gate',
          name: 'golden',
          result: 'filed',
          agent: 'support',
          sequence: 3,
          rollout: null,
          note: '',
          timeToVerdict: null,
          sentence: '',
        };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ applied: [applied] }));
      };
      answer().catch(() => request.socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const controller = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const { url } = await bench.agent();
      bench.questions(10);
      const plan = bench.plan({ candidate: { url } });
      const told = await run(['-f', plan, '--label', 'v2', '--url', controller]);
      expect(told).toMatchObject({ code: 0, stderr: expect.stringContaining('gate of support v2 filed') });
      expect(filed).toEqual([expect.stringMatching(/^\/v1\/\S+ apiVersion: coalmine\/v1\nkind: Gate\n/)]);
      expect(filed[0]).toContain(
        'version: v2\n  passed: true\n  verdict: pass\n  cases: 10\n  summary: Gate golden passed',
      );
      const unnamed = await run(['-f', plan, '--url', controller]);
      expect(unnamed).toMatchObject({ code: 1, stderr: expect.stringContaining('--label says which version') });
      const away = await run(['-f', plan, '--label', 'v2', '--url', 'http://127.0.0.1:1']);
      expect(away).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('the verdict could not be filed: no controller answers'),
      });
      expect(filed).toHaveLength(1);
    } finally {
      server.close();
    }
  });
});
