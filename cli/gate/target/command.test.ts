import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isWhole } from '../../../test/whole.ts';
import { pickFreePorts } from '../../../infra/parts/ports.ts';
import { createGateBench } from '../gate-process.harness.ts';
import { until } from '../../until.ts';
import { isAlive, writeAgent } from './started-agent.fixture.ts';

let bench: ReturnType<typeof createGateBench>;
beforeEach(() => void (bench = createGateBench()));
afterEach(() => bench.close());

const WAIT_MS = 20_000;

/** A plan whose agent is started, and the processes that it then is. */
const planned = async ({
  delayMs = 0,
  stubborn = '',
  env = {},
}: { delayMs?: number; stubborn?: string; env?: object } = {}) => {
  const [port] = (await pickFreePorts(1)) as [number];
  const [script, pidFile] = [bench.file('agent.mjs'), bench.file('pids.json')];
  writeAgent(script);
  bench.questions(40);
  const readyUrl = `http://127.0.0.1:${port}/livez`;
  const command = [process.execPath, script, String(port), pidFile, String(delayMs), stubborn];
  const plan = bench.plan({ candidate: { command, readyUrl, env }, ask: { concurrency: 2, retries: 0 } });
  const pids = (): number[] => JSON.parse(readFileSync(pidFile, 'utf8')) as number[];
  const started = (): Promise<number[]> =>
    until('the agent', () => (existsSync(pidFile) ? pids() : undefined), WAIT_MS);
  const allGone = (all: readonly number[]): Promise<boolean> =>
    until('the end of all', () => (all.some(isAlive) ? undefined : true), WAIT_MS);
  return { plan, port, readyUrl, pids, started, allGone, log: bench.file('state/golden/agent-candidate.log') };
};

/** The process between a gate and its agent, as the kernel knows it. */
const keeperOf = (agent: number): number =>
  Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(agent)], { encoding: 'utf8' }).trim());

describe('an agent that a gate starts', { timeout: 60_000 }, () => {
  it('is waited for, asked, and ended with its children when all was asked; what it said is kept', async () => {
    const { plan, pids, allGone, log } = await planned({ env: { SAYS: 'hello' } });
    const { code, stderr } = await bench.start(['-f', plan]).ended;
    expect([code, stderr]).toEqual([0, expect.stringContaining('40 answers to ask for')]);
    expect(await allGone(pids())).toBe(true);
    expect(readFileSync(log, 'utf8')).toBe('the agent is up hello\n');
  });

  it.each(isWhole ? (['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const) : (['SIGKILL', 'SIGTERM'] as const))(
    'ends with its children when the gate ends by %s',
    async (signal) => {
      const { plan, started, allGone } = await planned({ delayMs: 500 });
      const { child, ended } = bench.start(['-f', plan]);
      const all = await started();
      expect(all.every(isAlive)).toBe(true);
      child.kill(signal);
      await ended;
      expect(await allGone(all)).toBe(true);
    },
  );

  it('ends with its children when its keeper is killed, and the gate says so', async () => {
    const { plan, started, allGone } = await planned({ delayMs: 500 });
    const { ended } = bench.start(['-f', plan]);
    const all = await started();
    process.kill(keeperOf(all[0]!), 'SIGKILL');
    expect(await ended).toMatchObject({ code: 1, stderr: expect.stringContaining('its keeper ended by SIGKILL') });
    expect(await allGone(all)).toBe(true);
  });

  it('is killed where it will not end when it is asked to', async () => {
    const { plan, pids, allGone } = await planned({ stubborn: 'yes' });
    expect((await bench.run(['-f', plan])).code).toBe(0);
    expect(await allGone(pids())).toBe(true);
  });

  it('that ends by itself breaks the run with what it said last, and leaves nothing behind', async () => {
    const { plan, pids, allGone } = await planned({ env: { DIES_AT: 'q9' } });
    const { code, stderr } = await bench.run(['-f', plan]);
    expect(code).toBe(1);
    expect(stderr).toContain('ended by itself while it was asked: code 7');
    expect(stderr).toContain('ends: the agent is up undefined');
    expect(await allGone(pids())).toBe(true);
  });

  it.each([
    ['a program that is not there', ['no-such-program'], 'ENOENT'],
    ['one that ends at once', ['sh', '-c', 'echo no database >&2; exit 3'], 'code 3; its log'],
  ])('that never is ready is told of: %s', async (_, command, told) => {
    bench.questions(2);
    const readyUrl = `http://127.0.0.1:${(await pickFreePorts(1))[0]}/livez`;
    const { code, stderr } = await bench.run(['-f', bench.plan({ candidate: { command, readyUrl } })]);
    expect(code).toBe(1);
    expect(stderr).toContain('ended by itself before it was ready');
    expect(stderr).toContain(told);
  });

  it('that is not ready in time is told of, and ended', async () => {
    bench.questions(2);
    const readyUrl = `http://127.0.0.1:${(await pickFreePorts(1))[0]}/livez`;
    const candidate = { command: ['sleep', '1000'], readyUrl, readyTimeout: '300ms' };
    const { code, stderr } = await bench.run(['-f', bench.plan({ candidate })]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('was not ready at')]);
  });

  it('is not started where another one answers already, which would be asked in its place', async () => {
    const { plan, port } = await planned();
    const other = createServer((_, response) => void response.end('ok'));
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    try {
      expect((other.address() as AddressInfo).port).toBe(port);
      const { code, stderr } = await bench.run(['-f', plan]);
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('before the agent is started: end it, or give the agent another port'),
      ]);
    } finally {
      other.close();
    }
  });

  it('may print the keys that it was given: its log has none of them', async () => {
    const { plan, log } = await planned({
      env: { SAYS: 'with sk-of-the-plan-1234', PLAN_TOKEN: 'sk-of-the-plan-1234' },
    });
    const { code } = await bench.run(['-f', plan]);
    expect(code).toBe(0);
    expect(readFileSync(log, 'utf8')).toBe('the agent is up with [secret]\n');
  });

  it('is asked anew when its code has changed, and only then', async () => {
    const { plan } = await planned();
    const git = (...args: string[]): void =>
      void execFileSync('git', ['-C', bench.folder, ...args], { stdio: 'ignore' });
    git('init');
    writeFileSync(bench.file('.gitignore'), 'state\npids.json\n');
    writeFileSync(bench.file('prompt.md'), 'Be kind.');
    const told = async (): Promise<string> => (await bench.run(['-f', plan])).stderr;
    expect(await told()).toContain('40 answers to ask for');
    expect(await told()).toContain('0 answers to ask for, 40 are there');
    writeFileSync(bench.file('prompt.md'), 'Be short.');
    expect(await told()).toContain('40 answers to ask for');
    expect(readdirSync(bench.file('state/golden')).filter((name) => name.startsWith('answers-'))).toHaveLength(2);
  });
});
