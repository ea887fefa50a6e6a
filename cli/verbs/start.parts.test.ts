import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ControllerClient, createControllerClient } from '../controller/client.ts';
import { until } from '../until.ts';
import { isWhole } from '../../test/whole.ts';
import { pickFreePorts, requireFreePort } from '../../infra/parts/ports.ts';

const root = path.resolve(import.meta.dirname, '../..');
let child: ChildProcess | undefined;
let data: string;
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), 'coalmine-start-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(data, { recursive: true, force: true });
});

const NOT_GIVEN = { KAFKA_BROKERS: '', SCHEMA_REGISTRY_URL: '', REDIS_URL: '' };

type Ports = { kafka: number; registry: number; redis: number; ingress: number; controller: number };
const freePorts = async (): Promise<Ports> => {
  const [kafka = 0, registry = 0, redis = 0, ingress = 0, controller = 0] = await pickFreePorts(5);
  return { kafka, registry, redis, ingress, controller };
};

/** The start command on ports and data of its own. */
const start = ({ kafka, registry, redis, ingress, controller }: Ports, args: readonly string[]) => {
  const started = spawn(
    process.execPath,
    ['cli/coalmine.ts', 'start', '--json', '--port', String(ingress), '--controller-port', String(controller), ...args],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...NOT_GIVEN,
        COALMINE_DATA: data,
        COALMINE_KAFKA_PORT: String(kafka),
        COALMINE_REGISTRY_PORT: String(registry),
        COALMINE_REDIS_PORT: String(redis),
      },
    },
  );
  child = started;
  let stderr = '';
  started.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    started.once('close', (code) => resolve({ code, stderr })),
  );
  return { started, ended, lines: createInterface({ input: started.stdout }) };
};

/** Interrupts the start command as soon as it prints a line like this; gives what it then said and where it listened. */
const interruptAt = async (line: RegExp): Promise<{ code: number | null; stderr: string; ports: number[] }> => {
  const ports = await freePorts();
  const { started, ended, lines } = start(ports, []);
  lines.on('line', (said) => line.test(said) && started.kill('SIGINT'));
  return { ...(await ended), ports: Object.values(ports) };
};

it.each([
  ['its parts start', /redis ready/],
  ...(isWhole
    ? ([
        ['its services start', /ingress ready/],
        ['the story is played', /"event":"decision".*"type":"start"/],
      ] as const)
    : []),
] as const)(
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

const AGENT = (version: string): string =>
  JSON.stringify({
    apiVersion: 'coalmine/v1',
    kind: 'Agent',
    metadata: { name: 'guide' },
    spec: {
      stable: 'v1',
      versions: ['v1', version].map((label) => ({ label, upstream: 'http://127.0.0.1:9/v1', code: label })),
    },
  });
const ROLLOUT = JSON.stringify({
  apiVersion: 'coalmine/v1',
  kind: 'Rollout',
  metadata: { name: 'guide-v2' },
  spec: {
    agent: 'guide',
    candidate: 'v2',
    stages: [{ weightPct: 5, duration: '1h' }],
    metrics: [{ name: 'error_rate' }],
  },
});

/** The controller of the start on these ports, with the key that it has made for this machine. */
const controllerOf = ({ controller }: Ports): ControllerClient =>
  createControllerClient(
    `http://127.0.0.1:${controller}`,
    readFileSync(path.join(data, 'controller/admin.key'), 'utf8').trim(),
  );

/** Starts without a story, does something once all is up, and ends it. */
const during = async (
  args: readonly string[],
  run: (controller: ControllerClient, ports: Ports) => Promise<void>,
): Promise<void> => {
  const ports = await freePorts();
  const { started, ended, lines } = start(ports, ['--no-story', ...args]);
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (said) => said.includes('Ctrl-C ends it all') && resolve());
    void ended.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)));
  });
  await run(controllerOf(ports), ports);
  started.kill('SIGINT');
  expect(await ended).toEqual({ code: 0, stderr: '' });
};

it('without a story finds at the next start what was applied, by the same windows', async () => {
  let exchangeId = '';
  const ask = async ({ ingress }: Ports): Promise<string> => {
    const body = JSON.stringify({ model: 'guide', messages: [{ role: 'user', content: 'hello' }] });
    const url = `http://127.0.0.1:${ingress}/v1/chat/completions`;
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return response.headers.get('x-coalmine-exchange-id') ?? '';
  };
  await during(['--window', '2s'], async (controller, ports) => {
    expect(await controller.listAgents({})).toEqual({ agents: [] });
    await controller.applyDocuments({ body: AGENT('v2') });
    await controller.applyDocuments({ body: ROLLOUT });
    exchangeId = await until('an answer', async () => (await ask(ports)) || undefined, 20_000);
  });
  const early = start(await freePorts(), ['--window', '1m']);
  expect(await early.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('have windows of 2s, not 1m') });
  await during([], async (controller, { ingress }) => {
    const { state, stage } = await controller.getRollout({ params: { name: 'guide-v2' } });
    expect({ state, stage }).toEqual({ state: 'canary', stage: 0 });
    // The secret that signed it is kept, too.
    const url = `http://127.0.0.1:${ingress}/v1/feedback`;
    const body = JSON.stringify({ exchange_id: exchangeId, thumbs: 'up' });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202);
  });
}, 180_000);

it.runIf(isWhole)(
  'with --fresh forgets what was applied',
  async () => {
    await during([], async (controller) => {
      await controller.applyDocuments({ body: AGENT('v2') });
    });
    await during(['--fresh'], async (controller) => {
      expect(await controller.listAgents({})).toEqual({ agents: [] });
    });
  },
  180_000,
);

type Told = {
  event: string;
  agent?: string;
  type?: string;
  reason?: string;
  rollout?: { agent: string; name: string };
};

/** The first events that are wanted, one after the other, of a start that is under way. */
const events = ({ lines, ended }: ReturnType<typeof start>) => {
  const told: Told[] = [];
  lines.on('line', (line) => told.push(JSON.parse(line) as Told));
  const tooSoon = ended.then(({ stderr }) => Promise.reject(new Error(`it ended: ${stderr}`)));
  tooSoon.catch(() => {});
  const wait = (what: string, isWanted: (event: Told) => boolean): Promise<Told> =>
    Promise.race([until(what, () => told.find(isWanted), 60_000), tooSoon]);
  return { told, wait };
};

it.runIf(isWhole)(
  'a story on what an earlier start has kept aborts the rollout that was left, plays again, and shows the newest of any agent',
  async () => {
    const beginning = ({ event, type }: Told): boolean => event === 'decision' && type === 'start';
    const left = start(await freePorts(), ['--rate', '5']);
    await events(left).wait('the first rollout', beginning);
    left.started.kill('SIGINT');
    expect(await left.ended).toEqual({ code: 130, stderr: '' });

    const ports = await freePorts();
    const again = start(ports, ['--rate', '5']);
    const { told, wait } = events(again);
    await wait('the rollout to begin again', beginning);
    // The rollout that was left may be held once more before the story aborts it.
    const isStep = ({ event, type }: Told): boolean => event === 'decision' && type !== 'hold';
    const steps = told.filter(isStep).map(({ type, reason }) => ({ type, reason }));
    expect(steps[0]).toMatchObject({ type: 'abort', reason: expect.stringContaining('the story begins again') });
    expect(steps.map(({ type }) => type)).toEqual(['abort', 'register', 'start']);

    const controller = controllerOf(ports);
    await controller.applyDocuments({ body: AGENT('v2') });
    await controller.applyDocuments({ body: ROLLOUT });
    await wait('the live view of it', ({ event, rollout }) => event === 'status' && rollout?.agent === 'guide');
    expect(told.find(({ agent, type }) => agent === 'guide' && type === 'start')).toBeDefined();
    again.started.kill('SIGINT');
    expect(await again.ended).toEqual({ code: 130, stderr: '' });
  },
  180_000,
);
