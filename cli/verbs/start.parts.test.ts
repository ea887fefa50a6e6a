import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { until } from '../until.ts';
import { pickFreePorts, requireFreePort } from '../../infra/parts/ports.ts';

const root = path.resolve(import.meta.dirname, '../..');
let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

const NOT_GIVEN = { KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', REDIS_URL: '' };

/** Interrupts the start command as soon as it prints a line like this; gives what it then said and where it listened. */
const interruptAt = async (line: RegExp): Promise<{ code: number | null; stderr: string; ports: number[] }> => {
  const [kafka, registry, redis, ingress, controller] = (await pickFreePorts(5)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const started = spawn(
    process.execPath,
    ['cli/coalmine.ts', 'start', '--json', '--port', String(ingress), '--controller-port', String(controller)],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...NOT_GIVEN,
        COALMINE_KAFKA_PORT: String(kafka),
        COALMINE_REGISTRY_PORT: String(registry),
        COALMINE_REDIS_PORT: String(redis),
      },
    },
  );
  child = started;
  let stderr = '';
  started.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  createInterface({ input: started.stdout }).on('line', (said) => line.test(said) && started.kill('SIGINT'));
  const code = await new Promise<number | null>((resolve) => started.once('close', resolve));
  return { code, stderr, ports: [kafka, registry, redis, ingress, controller] };
};

it.each([
  ['its parts start', /redis ready/],
  ['its services start', /ingress ready/],
  ['the story is played', /"event":"decision".*"type":"start"/],
])(
  'ends with 130, without a complaint and without leaving anything, when interrupted while %s',
  async (_when, line) => {
    const { code, stderr, ports } = await interruptAt(line);
    expect([code, stderr]).toEqual([130, '']);
    const areFree = async (): Promise<true> => {
      for (const port of ports) await requireFreePort('the next start', port, 'another port');
      return true;
    };
    await until('every port to be free again', areFree, 5_000);
  },
);
