import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

type Ended = { code: number | null; stdout: string; stderr: string };

const start = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> => {
  const child = spawn(process.execPath, ['cli/coalmine.ts', 'start', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (ended.stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...ended, code })));
};

const takePort = async (): Promise<number> => {
  const server = net.createServer();
  closing.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
};

const TIMEOUT_MS = 60_000;
const FREE = ['--once', '--port', '0', '--controller-port', '0'];
const NOWHERE = '127.0.0.1:9';

describe('the start command, when it can not start', { timeout: TIMEOUT_MS }, () => {
  it.each([
    [{ KAFKA_BROKERS: NOWHERE }, `KAFKA_BROKERS is set to ${NOWHERE}, but nothing usable answers there`],
    [{ REDIS_URL: `redis://${NOWHERE}` }, `REDIS_URL is set to redis://${NOWHERE}, but nothing usable answers there`],
    [{ COALMINE_KAFKA_PORT: 'x' }, 'COALMINE_KAFKA_PORT is wrong'],
  ] as [Record<string, string>, string][])(
    'says in one line what is wrong with %o, and ends with 1',
    async (env, line) => {
      const { code, stderr } = await start(FREE, env);
      expect(stderr.split('\n')).toEqual([expect.stringContaining(`coalmine: ${line}`), '']);
      expect(code).toBe(1);
    },
  );

  it.each([
    ['--port', 'the ingress'],
    ['--controller-port', 'the controller'],
  ])('names who has the port of %s and how to take another', async (option, who) => {
    const port = await takePort();
    const { code, stdout, stderr } = await start([...FREE, '--json', option, String(port)]);
    const taken = `coalmine: port ${port}, needed for ${who}, is taken by process ${process.pid}: end it, or set ${option} to a free port\n`;
    expect(stderr).toBe(taken);
    expect(code).toBe(1);
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('event');
  });

  it('refuses what it does not understand with 2, and names it', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'coalmine-start-'));
    closing.push(() => rmSync(dir, { recursive: true }));
    for (const [args, complaint] of [
      [['--wrong'], "unknown option '--wrong'"],
      [['--port', '99999'], 'give a port from 0 to 65535'],
      [['--rate', 'many'], 'give a number of at least 1'],
      [['--replay', path.join(dir, 'none')], 'does not exist'],
      [['--replay', dir], '--replay needs --stable <model> and --candidate <model>'],
      [['--replay', dir, '--stable', 'a', '--candidate', 'b'], `there is no folder a in ${dir}`],
      [['--window', '10'], 'give a duration of at least 100ms, like 10s'],
      [['--window', '99ms'], 'give a duration of at least 100ms, like 10s'],
      [['--no-story', '--once'], '--no-story and --once do not go together'],
      [['--no-story', '--replay', dir], '--no-story and --replay do not go together'],
      [['--stable', 'a'], '--stable and --candidate need --replay <dir>'],
    ] as const) {
      const { code, stdout, stderr } = await start(args);
      expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(complaint)]);
    }
  });

  it('explains itself with 0', async () => {
    const { code, stdout, stderr } = await start(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('--replay <dir>');
  });
});
