import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { createTopics } from '../infra/create-topics.ts';
import { pickFreePorts } from '../infra/parts/ports.ts';
import { type Parts, startParts } from '../infra/parts/parts.ts';
import { AGENT_YAML, rolloutYaml } from '../controller/test/simulation.fixture.ts';
import { isWhole } from './whole.ts';

const root = path.resolve(import.meta.dirname, '..');
const PATIENCE_MS = 100_000;

type Alert = { id: string; key: string; occasion: string };
type Got = { key: string; alerts: Alert[]; answered: number | null };

/** What the receiver was sent, and what it answers next: a status, or nothing for as long as the connection lasts. */
const got: Got[] = [];
let answers: number | 'never' = 200;
const receiver = createServer((request, response: ServerResponse) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { alerts } = JSON.parse(body) as { alerts: Alert[] };
    const answered = answers === 'never' ? null : answers;
    got.push({ key: String(request.headers['idempotency-key']), alerts, answered });
    if (answered !== null) response.writeHead(answered).end();
  });
});
/** The aborts that it took, by id. */
const taken = (): string[] =>
  got.filter(({ answered }) => answered === 200).flatMap(({ alerts }) => alerts.map((alert) => alert.id));

let parts: Parts;
let origin: string;
const controllers = new Map<ChildProcess, number>();

/** A controller in a process of its own; resolves with its port once it is ready. */
const startOne = async (): Promise<number> => {
  const [port] = (await pickFreePorts(1)) as [number];
  const child = spawn(process.execPath, ['controller/main.ts'], {
    cwd: root,
    stdio: 'ignore',
    env: {
      ...process.env,
      ...parts.env,
      LOG_LEVEL: 'warn',
      CONTROLLER_PORT: String(port),
      CONTROLLER_ANONYMOUS_ROLE: 'admin',
      CONTROLLER_ALERT_SECRETS: 'hook=HOOK_SECRET',
      HOOK_SECRET: 'sh4red',
      CONTROLLER_WEBHOOK_ORIGINS: origin,
    },
  });
  controllers.set(child, port);
  const isReady = async () =>
    (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok === true || undefined;
  await until('a controller to be ready', isReady, PATIENCE_MS);
  return port;
};
const killAll = async (): Promise<void> => {
  for (const child of controllers.keys()) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
  controllers.clear();
};

const post = async (port: number, place: string, body: string, type: string): Promise<unknown> => {
  const response = await fetch(`http://127.0.0.1:${port}${place}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  const answer: unknown = await response.json();
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer;
};
const abort = (port: number) => post(port, '/v1/rollouts/support-v2/abort', '{"reason":"test"}', 'application/json');
const restart = (port: number) => post(port, '/v1/rollouts/support-v2/restart', '{}', 'application/json');
const untilTaken = (count: number) =>
  until(`${count} alerts`, async () => new Set(taken()).size >= count || undefined, PATIENCE_MS);

beforeAll(async () => {
  parts = await startParts({ home: path.join(root, '.coalmine'), ports: 'free', onProgress: () => {}, env: {} });
  await createTopics({
    brokers: parts.env.KAFKA_BROKERS.split(','),
    registryUrl: parts.env.SCHEMA_REGISTRY_URL,
    replication: 1,
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
}, 240_000);
afterAll(async () => {
  await killAll();
  receiver.closeAllConnections();
  receiver.close();
  await parts.stop();
}, 60_000);

const abortOnce = async (port: number): Promise<void> => {
  await restart(port);
  await abort(port);
};
const expectNoneTwice = (): void => expect(new Set(taken()).size).toBe(taken().length);

it('of two controllers one tells, and once', async () => {
  const [one, two] = [await startOne(), await startOne()];
  const alerting = `
apiVersion: coalmine/v1
kind: Alerting
metadata: { name: team }
spec:
  receivers: [{ name: hook, type: webhook, url: '${origin}/hook', secret: hook }]
  routes: [{ match: { events: [abort] }, receiver: hook }]
`;
  await post(one, '/v1/documents', `${AGENT_YAML}---${rolloutYaml()}---${alerting}`, 'application/yaml');
  const knows = async () => (await fetch(`http://127.0.0.1:${two}/v1/rollouts/support-v2`)).ok || undefined;
  await until('the other controller to know the rollout', knows, PATIENCE_MS);
  await abort(two);
  await untilTaken(1);
  expectNoneTwice();
});

it('an alert that no receiver took is told by whoever comes after controllers that were killed, once', async () => {
  const [one] = [...controllers.values()];
  answers = 503;
  await abortOnce(one!);
  const hasFailed = async () => got.some(({ answered }) => answered === 503) || undefined;
  await until('an attempt that fails', hasFailed, PATIENCE_MS);
  await killAll();
  answers = 200;
  await startOne();
  await untilTaken(2);
  expectNoneTwice();
});

it.runIf(isWhole)('a controller killed before it has looked at what it did itself loses no alert', async () => {
  const [one] = [...controllers.values()];
  await abortOnce(one!);
  await killAll();
  await startOne();
  await untilTaken(3);
  expectNoneTwice();
});

it.runIf(isWhole)('killed while the receiver is thinking, it tells again, under the same ids', async () => {
  const [one] = [...controllers.values()];
  answers = 'never';
  await abortOnce(one!);
  const asked = await until('a message', async () => got.find(({ answered }) => answered === null), PATIENCE_MS);
  await killAll();
  answers = 200;
  const port = await startOne();
  await untilTaken(4);
  expect(got.at(-1)).toEqual({ ...asked, answered: 200 });
  expectNoneTwice();

  type Listed = { alerts: { event: string; deliveries: { state: string }[] }[] };
  const statesOf = async (): Promise<string[]> => {
    const listed = (await (await fetch(`http://127.0.0.1:${port}/v1/alerts`)).json()) as Listed;
    return listed.alerts
      .filter(({ event }) => event === 'abort')
      .map(({ deliveries }) => deliveries.map(({ state }) => state).join());
  };
  const areSent = async () => (await statesOf()).every((state) => state === 'sent') || undefined;
  await until('the log to have the last answer', areSent, PATIENCE_MS);
  expect(await statesOf()).toEqual(['sent', 'sent', 'sent', 'sent']);
});
