import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { createTopics } from '../../infra/create-topics.ts';
import { pickFreePorts } from '../../infra/parts/ports.ts';
import { createKafkaBus } from '../../platform/kafka/kafka-bus.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { exchangeOf } from '../../schemas/exchange.fixture.ts';
import { sheetWith } from '../../schemas/score.fixture.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import { parts } from '../../test/parts.ts';
import { STORE_FILE } from './tables.ts';

const env = parts();
const agent = `stored-${process.pid}`;
const dataDir = mkdtempSync(path.join(tmpdir(), 'coalmine-store-'));
const children = new Set<ChildProcess>();
const access = { brokers: env.KAFKA_BROKERS.split(','), registryUrl: env.SCHEMA_REGISTRY_URL };
const bus = await createKafkaBus({ ...access, clientId: 'test', log: silentLog, metrics: createMetrics('test') });
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await bus.close(2_000);
  rmSync(dataDir, { recursive: true, force: true });
});

const start = async () => {
  const [port] = await pickFreePorts(1);
  const child = spawn(process.execPath, ['controller/main.ts'], {
    env: {
      ...process.env,
      ...env,
      CONTROLLER_PORT: String(port),
      CONTROLLER_DATA_DIR: dataDir,
      CONTROLLER_ANONYMOUS_ROLE: 'admin',
      LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.add(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const url = `http://127.0.0.1:${port}`;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    children.delete(child);
  };
  await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), {
    timeout: 30_000,
    interval: 50,
  });
  return { url, end, said: () => said };
};

let written = 0;
const write = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) {
    const exchangeId = `${agent}-${written}`;
    const partition = bus.partitionFor(exchangeId, await bus.partitionCount(EXCHANGES));
    const record = { source: agent, sequence: (written += 1), timeMs: Date.now(), tick: null };
    const whose = { exchangeId, agent, rollout: 'r' };
    // Twice, as after an append whose answer was lost.
    for (let twice = 0; twice < 2; twice += 1) {
      const exchange = { ...exchangeOf(whose), finishedAtMs: record.timeMs };
      await bus.append(EXCHANGES, partition, [{ ...record, event: exchange }]);
      const sheet = { ...sheetWith({ ...whose, sheetId: `sheet ${exchangeId}` }), scoredAtMs: record.timeMs };
      await bus.append(SCORES, partition, [{ ...record, event: sheet }]);
    }
  }
};

type Listed = { exchanges?: { exchangeId: string; scores: object }[]; next?: string | null };
/** The ids of all exchanges that have their score, page by page. */
const listed = async (url: string): Promise<string[]> => {
  const ids: string[] = [];
  let cursor = '';
  for (;;) {
    const response = await fetch(`${url}/v1/exchanges?agent=${agent}&limit=100${cursor}`);
    const { exchanges, next } = (await response.json()) as Listed;
    if (exchanges === undefined) return [];
    ids.push(...exchanges.filter(({ scores }) => 'empathy' in scores).map(({ exchangeId }) => exchangeId));
    if (!next) return ids;
    cursor = `&cursor=${next}`;
  }
};
const hasAll = (url: string, when: string): Promise<void> =>
  vi.waitFor(
    async () => {
      const ids = await listed(url);
      const known = new Set(ids);
      const missing = Array.from({ length: written }, (_, i) => `${agent}-${i}`).filter((id) => !known.has(id));
      expect({ when, missing, twice: ids.length - known.size }).toEqual({ when, missing: [], twice: 0 });
    },
    { timeout: 30_000, interval: 100 },
  );

it('has every exchange and score once, over kills in the midst of it, and again after its file was lost or damaged', async () => {
  await createTopics({ ...access, replication: 1 });
  let controller = await start();
  const yaml = `{apiVersion: coalmine/v1, kind: Agent, metadata: {name: ${agent}}, spec: {stable: v1, versions: [{label: v1, upstream: "http://127.0.0.1:9101/v1", prompt: one}]}}`;
  const applied = await fetch(`${controller.url}/v1/documents`, { method: 'POST', body: yaml });
  expect([applied.status, await applied.text()]).toMatchObject([200, expect.stringContaining('registered')]);
  for (let kill = 0; kill < 3; kill += 1) {
    const writing = write(150);
    const at = written + 60;
    await vi.waitFor(() => expect(written).toBeGreaterThan(at), { timeout: 30_000, interval: 5 });
    await controller.end('SIGKILL');
    await writing;
    controller = await start();
  }
  await hasAll(controller.url, 'after kills');
  expect(controller.said()).toContain('the store is open');
  expect(controller.said()).not.toContain('ExperimentalWarning');
  const metrics = await (await fetch(`${controller.url}/metrics`)).text();
  await vi.waitFor(() => expect(metrics).toContain('coalmine_controller_store_used_bytes'));

  await controller.end('SIGTERM');
  const file = path.join(dataDir, STORE_FILE);
  expect(existsSync(`${file}-wal`)).toBe(false);
  rmSync(file);
  controller = await start();
  await hasAll(controller.url, 'after its loss');
  await controller.end('SIGTERM');

  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0x55, 4_096, Math.min(bytes.length, 200_000)));
  controller = await start();
  await hasAll(controller.url, 'after damage');
  await write(1);
  await hasAll(controller.url, 'and goes on');
  await controller.end('SIGTERM');
});
