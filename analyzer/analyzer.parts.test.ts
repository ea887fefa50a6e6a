import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import canonicalize from 'canonicalize';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createTopics } from '../infra/create-topics.ts';
import { type Parts, startParts } from '../infra/parts/parts.ts';
import type { Bus, Incoming } from '../platform/kafka/bus.ts';
import { createKafkaBus } from '../platform/kafka/kafka-bus.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import type { Stamped, Tick } from '../schemas/envelope.ts';
import { EXCHANGES, SCORES, type Topic, WINDOWS } from '../schemas/topics.ts';
import { windowKeyText } from '../schemas/window.ts';
import { isWhole } from '../test/whole.ts';
import { EXCHANGE_INPUT, SCORE_INPUT } from './rows/inputs.ts';
import { disturb, exchangeLog, sheetLog, seeded, START_MS } from './folds/sample-log.fixture.ts';
import { partialsOf, windowsOf } from './folds/whole-run.fixture.ts';

const SEED = Number(process.env['ANALYZER_TEST_SEED'] ?? 20_261);
const KILLS = isWhole ? 4 : 1;
const SECONDS = 120;
const SIZES = { windowMs: 5_000, graceMs: 0 };
/** A killed member leaves its group when its session ends, after 10 s. */
const PROGRESS_WITHIN_MS = 100_000;
const CENTURY_MS = 100 * 365 * 86_400_000;

const root = path.resolve(import.meta.dirname, '..');
const random = seeded(SEED);
let parts: Parts;
let bus: Bus;
let analyzer: ChildProcess | undefined;

const start = (): void => {
  analyzer = spawn(process.execPath, ['analyzer/main.ts'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...parts.env,
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'error',
      ANALYZER_HEALTH_PORT: '0',
      ANALYZER_WINDOW_MS: String(SIZES.windowMs),
      ANALYZER_SNAPSHOT_MS: '200',
    },
  });
};

/** Ends the analyzer and gives its exit code, null if the signal ended it. */
const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
  const ended = analyzer;
  if (!ended || ended.exitCode !== null || ended.signalCode !== null) return null;
  const code = new Promise<number | null>((resolve) => ended.once('exit', resolve));
  ended.kill(signal);
  return code;
};

/** The log with its times in the recent past, so that no retention touches it. */
const recent = <E>(log: Stamped<E, Tick>[]): Stamped<E, Tick>[] => {
  const byMs = Math.floor((Date.now() - START_MS) / 600_000) * 600_000 - 600_000;
  return log.map((record) => ({ ...record, timeMs: record.timeMs + byMs }));
};

const readAll = async <T>(topic: Topic<T>): Promise<Incoming<T>[][]> => {
  const logs: Incoming<T>[][] = [];
  for (let partition = 0; partition < topic.partitions; partition++) {
    const log: Incoming<T>[] = [];
    await bus.readToEnd(topic, partition, 0, (record) => log.push(record));
    logs.push(log);
  }
  return logs;
};

const share = async <T>(topic: Topic<T>, logs: T[][], from: number, to: number): Promise<void> => {
  for (const [partition, log] of logs.entries()) {
    const records = log.slice(Math.floor(log.length * from), Math.floor(log.length * to));
    for (let at = 0; at < records.length; at += 200) await bus.append(topic, partition, records.slice(at, at + 200));
  }
};

const rowsWritten = async () => (await readAll(WINDOWS)).flat().flatMap(({ value }) => (value.event ? [value] : []));

/** Parts of its own: the records of other tests, dated now, would make these, dated a while ago, late. */
beforeAll(async () => {
  parts = await startParts({ home: path.join(root, '.coalmine'), ports: 'free', onProgress: () => {}, env: {} });
  const brokers = parts.env.KAFKA_BROKERS.split(',');
  const registryUrl = parts.env.SCHEMA_REGISTRY_URL;
  await createTopics({ brokers, registryUrl, replication: 1 });
  bus = await createKafkaBus({
    brokers,
    registryUrl,
    clientId: 'analyzer-test',
    log: silentLog,
    metrics: createMetrics('analyzer_test'),
  });
});

afterAll(async () => {
  await end('SIGKILL');
  await bus?.close(2_000);
  await parts?.stop();
});

it(
  `after kill -9 at any point the windows are those of one clean run, byte for byte, whatever a mad clock says, and SIGTERM ends it well (ANALYZER_TEST_SEED=${SEED})`,
  async () => {
    const exchanges = [0, 1, 2, 3].map((p) => recent(disturb(exchangeLog(SEED + p, SECONDS), SEED)));
    const scores = [0, 1, 2, 3].map((p) => recent(disturb(sheetLog(SEED + p, SECONDS), SEED)));
    const feed = async (from: number, to: number): Promise<void> => {
      await share(EXCHANGES, exchanges, from, to);
      await share(SCORES, scores, from, to);
    };

    // One tick of a hundred years from now in each partition would end all windows.
    const tick = { counters: {}, arms: [], share: null };
    const never = { source: 'mad', sequence: 0, timeMs: Date.now() + CENTURY_MS, event: null, tick };
    for (let partition = 0; partition < EXCHANGES.partitions; partition++) {
      await bus.append(EXCHANGES, partition, [never]);
      await bus.append(SCORES, partition, [never]);
    }
    for (let life = 0; life < KILLS; life++) {
      const before = (await rowsWritten()).length;
      start();
      await feed(life / (KILLS + 1), (life + 1) / (KILLS + 1));
      const target = before + 1 + Math.floor(random() * 600);
      await vi.waitFor(async () => expect((await rowsWritten()).length).toBeGreaterThanOrEqual(target), {
        timeout: PROGRESS_WITHIN_MS,
        interval: 50,
      });
      await end('SIGKILL');
    }
    start();
    await feed(KILLS / (KILLS + 1), 1);

    const outPartitionOf = (agent: string): number => bus.partitionFor(agent, WINDOWS.partitions);
    const sizes = { ...SIZES, outPartitions: WINDOWS.partitions, outPartitionOf };
    const partials = [
      ...partialsOf(sizes, EXCHANGE_INPUT, await readAll(EXCHANGES)),
      ...partialsOf(sizes, SCORE_INPUT, await readAll(SCORES)),
    ];
    const expected = new Map([...windowsOf(sizes, partials)].map(([key, row]) => [key, canonicalize(row)]));
    expect(expected.size).toBeGreaterThan(1_000);

    const distinct = async (): Promise<Map<string, Set<string | undefined>>> => {
      const rows = new Map<string, Set<string | undefined>>();
      for (const row of await rowsWritten()) {
        const key = windowKeyText(row.event!);
        rows.set(key, (rows.get(key) ?? new Set()).add(canonicalize(row)));
      }
      return rows;
    };
    await vi.waitFor(async () => expect((await distinct()).size).toBeGreaterThanOrEqual(expected.size), {
      timeout: PROGRESS_WITHIN_MS,
      interval: 200,
    });
    const written = await distinct();
    const wrong = [...written].filter(([key, rows]) => rows.size !== 1 || !rows.has(expected.get(key)));
    expect(wrong).toEqual([]);
    expect(written.size).toBe(expected.size);
    expect(await end('SIGTERM')).toBe(0);
  },
  (KILLS + 2) * PROGRESS_WITHIN_MS,
);
