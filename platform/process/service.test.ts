import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/** Runs a small service in a process of its own and signals it once it says that it started. */
const run = async (
  body: string,
  signal?: NodeJS.Signals,
): Promise<{ code: number | null; lines: { level: string; msg: string }[] }> => {
  const script = `
    const { runService } = await import(${module('./service.ts')});
    const { EnvError } = await import(${module('./env.ts')});
    await runService('trial', async (log) => { ${body} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, LOG_LEVEL: 'info' },
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    const before = text.includes('"started"');
    text += chunk.toString();
    if (signal && !before && text.includes('"started"')) child.kill(signal);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  return { code, lines: lines.map((line) => JSON.parse(line) as { level: string; msg: string }) };
};

const idle = 'setInterval(() => {}, 1000);';

describe('a service', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops at %s and ends with 0', async (signal) => {
    const { code, lines } = await run(`${idle} return { stop: async () => log.info('flushed') };`, signal);
    expect(code).toBe(0);
    expect(lines.map(({ msg }) => msg)).toEqual(['started', 'stopping', 'flushed', 'stopped']);
  });

  it('says in one line for each fault why it can’t start, and ends with 1', async () => {
    const { code, lines } = await run(`throw new EnvError('A is missing\\nB is wrong');`);
    expect(code).toBe(1);
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['fatal', 'cannot start: A is missing'],
      ['fatal', 'cannot start: B is wrong'],
    ]);
  });

  it('ends with 1 after an error that nobody caught, so that it is started anew', async () => {
    const body = `${idle} setTimeout(() => Promise.reject(new Error('lost')), 1); return { stop: async () => {} };`;
    const { code, lines } = await run(body);
    expect(code).toBe(1);
    expect(lines.at(-1)?.msg).toContain('nobody caught');
  });

  it('ends with 1 when it can’t stop cleanly', async () => {
    const { code, lines } = await run(`${idle} return { stop: async () => { throw new Error('stuck') } };`, 'SIGTERM');
    expect(code).toBe(1);
    expect(lines.at(-1)?.msg).toBe('could not stop cleanly: stuck');
  });
});
