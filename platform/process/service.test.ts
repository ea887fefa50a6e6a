import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/** Runs a small service in a process of its own and signals it once it says that it started. */
const run = async (
  body: string,
  signal?: NodeJS.Signals,
  { before = '', args = [], env = {} }: { before?: string; args?: string[]; env?: Record<string, string> } = {},
): Promise<{ code: number | null; stdout: string; lines: { level: string; msg: string }[] }> => {
  const script = `
    const { runService, serviceConfig } = await import(${module('./service.ts')});
    const { EnvError, readOptions } = await import(${module('./options.ts')});
    const { partsOptions } = await import(${module('./service-options.ts')});
    ${before}
    await runService('trial', async (log) => { ${body} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LOG_LEVEL: 'info', ...env },
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    const before = text.includes('"started"');
    text += chunk.toString();
    if (signal && !before && text.includes('"started"')) child.kill(signal);
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  return { code, stdout, lines: lines.map((line) => JSON.parse(line) as { level: string; msg: string }) };
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

  const before = `serviceConfig('trial', partsOptions, (env) => readOptions(partsOptions, env));`;

  it('prints its options and ends with 0 when asked for help, and starts nothing', async () => {
    const { code, stdout, lines } = await run(`throw new Error('started');`, undefined, { before, args: ['--help'] });
    expect([code, lines]).toEqual([0, []]);
    expect(stdout).toContain('KAFKA_BROKERS (needed)');
  });

  it('says in one line for each variable what is wrong with it, even with that of its own log', async () => {
    const env = { KAFKA_BROKERS: 'h:1', SCHEMA_REGISTRY_URL: '', REDIS_URL: 'http://h', LOG_LEVEL: 'loud' };
    const { code, lines } = await run(`throw new Error('started');`, undefined, { before, env });
    expect(code).toBe(1);
    expect(lines.map(({ level }) => level)).toEqual(['fatal', 'fatal', 'fatal']);
    expect(lines[0]?.msg).toBe(
      'cannot start: SCHEMA_REGISTRY_URL is missing; it wants URL of the schema registry (http://…)',
    );
    expect(lines[1]?.msg).toMatch(/^cannot start: REDIS_URL is wrong/);
    expect(lines[2]?.msg).toMatch(/^cannot start: LOG_LEVEL is wrong/);
  });
});
