import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { writeContexts } from '../controller/context.ts';
import { audit } from './audit.ts';
import { calibrate } from './calibrate.ts';
import { compare } from './compare.ts';
import { exportRecords } from './export.ts';
import { replay } from './replay.ts';
import { runVerb } from './run-verb.fixture.ts';
import { shadowReport } from './shadow-report.ts';
import { tail } from './tail.ts';
import type { Verb } from './verb.ts';

let folder: string;
let registry: Server;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-topics-'));
  registry = createServer((_, response) => void response.writeHead(404).end());
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('XDG_CONFIG_HOME', folder);
  for (const name of ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'REDIS_URL', 'CONTROLLER_URL']) vi.stubEnv(name, '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  registry.close();
  rmSync(folder, { recursive: true });
});

const ASKED = 'http://127.0.0.1:1';
const READING: [Verb, string[]][] = [
  [audit, ['--topic']],
  [calibrate, []],
  [compare, ['support', 'v1', 'v2']],
  [exportRecords, ['scores', '--since', '1h', '--out', 'never.parquet']],
  [replay, ['an-id', '--on', 'v1']],
  [shadowReport, ['support-v2']],
  [tail, ['scores']],
];

it.each(READING.map(([verb, args]) => ({ name: verb.name, verb, args })))(
  '$name reads the topics of the controller that is asked, whatever the context is',
  async ({ verb, args }) => {
    const at = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
    const asked = { url: ASKED, kafkaBrokers: '127.0.0.1:9', schemaRegistryUrl: at };
    const other = { url: 'http://127.0.0.1:2', kafkaBrokers: '127.0.0.1:9', schemaRegistryUrl: 'http://127.0.0.1:9' };
    writeContexts({ current: 'asked', contexts: { asked, other } });
    const { code, stderr } = await runVerb(verb, [...args, '--url', ASKED]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('answers 404 to GET /subjects')]);
    const elsewhere = await runVerb(verb, [...args, '--url', 'http://127.0.0.1:3']);
    expect([elsewhere.code, elsewhere.stderr]).toEqual([1, expect.stringContaining('KAFKA_BROKERS')]);
  },
);

it('tail refuses a filter that would leave nothing, ever', async () => {
  for (const [what, filter] of [
    ['exchanges', 'metric'],
    ['decisions', 'arm'],
  ] as const)
    expect(await runVerb(tail, [what, `--${filter}`, 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${what} have no ${filter}: leave out --${filter}`),
    });
});
