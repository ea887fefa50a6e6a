import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveApi } from '../../controller/api/http-api.io.ts';
import { accessWith, bearer } from '../../controller/test/api-access.fixture.ts';
import { person } from '../../controller/test/person.fixture.ts';
import {
  AGENT_YAML,
  createSimulation,
  rolloutYaml,
  type SimulatedController,
  startSimulated,
} from '../../controller/test/simulation.fixture.ts';
import { findPython, type FoundPython } from '../clients/python-environment.ts';
import { isWhole } from '../whole.ts';
import { letterOf, world } from '../../controller/pipeline/pipeline.fixture.ts';
import { storesForEach } from '../../controller/store/store.harness.ts';
import type { AskStore } from '../../controller/store/store-reader.ts';

/**
 * Schemathesis asks the controller whatever its served document allows, and what it forbids, with all checks on: by the limits of each
 * parameter in the suite, and by chance and in sequences as well in the slow tests. Where it can't be had the test is skipped and says
 * so; in CI, where it is expected, it fails.
 */
const ENVIRONMENT = { name: 'schemathesis', requirements: path.join(import.meta.dirname, 'requirements.txt') };
const CONFIG = path.join(import.meta.dirname, 'schemathesis.toml');
const LIMIT_MS = 540_000;
const PHASES = isWhole ? ['--phases', 'coverage,fuzzing,stateful', '-n', '100'] : ['--phases', 'coverage'];

const { makeFile, openAll } = storesForEach();
const simulation = createSimulation(61);
let controller: SimulatedController;
let api: Awaited<ReturnType<typeof serveApi>>;
let found: FoundPython;
/** Where it keeps what it found, for as long as the test takes. */
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'coalmine-schemathesis-'));
  found = await findPython(ENVIRONMENT);
  controller = await startSimulated(simulation.bus, simulation.store, simulation.clock);
  const applied = await controller.apply(`${AGENT_YAML}---${rolloutYaml()}`, person('ann'), AbortSignal.timeout(5_000));
  expect(applied).toHaveProperty('ok');
  const { reader } = openAll(makeFile());
  const askStore: AskStore = async (call, asked) => reader[call](asked as never) as never;
  const { pipeline } = world({ letters: [letterOf(1), letterOf(2)] });
  api = await serveApi({ controller: { ...controller, askStore, pipeline }, ...accessWith() });
}, LIMIT_MS);
afterAll(async () => {
  await api.stop();
  await controller.stop();
  rmSync(folder, { recursive: true });
});

const schemathesis = (python: string): Promise<{ code: unknown; said: string }> => {
  const document = `http://127.0.0.1:${api.port}/openapi.json`;
  const env = { ...process.env, COALMINE_KEY: bearer('ann').authorization.slice('Bearer '.length) };
  const args = ['-m', 'schemathesis.cli', '--config-file', CONFIG, 'run', document, ...PHASES];
  return new Promise((resolve) =>
    execFile(python, args, { env, cwd: folder, timeout: LIMIT_MS, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.message), said: `${stdout}${stderr}` }),
    ),
  );
};

it(
  'nothing that the served document allows or forbids makes the API answer otherwise than it says',
  async ({ skip }) => {
    if ('missing' in found) {
      if (process.env['CI']) throw new Error(`Schemathesis is expected in CI: ${found.missing}`);
      process.stderr.write(`SKIPPED: the API was not tried by Schemathesis: ${found.missing}\n`);
      skip(found.missing);
      return;
    }
    const { code, said } = await schemathesis(found.python);
    expect(code, said).toBe(0);
    process.stderr.write(`Schemathesis: ${/\d+ generated.*/.exec(said)?.[0] ?? ''}\n`);
  },
  LIMIT_MS,
);
