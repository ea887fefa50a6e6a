import canonicalize from 'canonicalize';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Bus, Consumer } from '../platform/kafka/bus.ts';
import { systemClock } from '../platform/process/clock.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMemoryBus, type MemoryBus } from '../platform/kafka/memory-bus.ts';
import { createMetrics, type Metrics } from '../platform/process/metrics.ts';
import { GROUPS, EXCHANGES, PARTIALS, SCORES, SNAPSHOTS, WINDOWS, topicsReadBy } from '../schemas/topics.ts';
import { windowKeyText, type WindowRecord } from '../schemas/window.ts';
import { createSnapshots } from './snapshots.io.ts';
import { EXCHANGE_INPUT, SCORE_INPUT } from './rows/inputs.ts';
import { FOLD_VERSION, initialState } from './folds/partition-fold.ts';
import { packState } from './folds/partition-state.ts';
import { disturb, exchangeLog, seeded, sheetLog, stretched } from './folds/sample-log.fixture.ts';
import { partialsOf, windowsOf } from './folds/whole-run.fixture.ts';
import { sealSnapshot } from './folds/snapshot-seal.ts';
import { createAnalyzerEvents } from './events.ts';
import { startAnalyzer } from './service.ts';

const CONFIG = { windowMs: 5_000, graceMs: 0, snapshotEveryMs: 0 };

/**
 * A bus that falls silent at the given append, of those to `topicName` where that is said: some records of it may be written, then nothing is heard of it, until it
 * wakes and does all that it was asked to.
 */
const mortal = (bus: Bus, dieAtAppend: number, isWritten: boolean, topicName?: string) => {
  let appends = 0;
  let isDead = false;
  const consumers: Consumer[] = [];
  let wake = (): void => {};
  const silence = new Promise<void>((resolve) => (wake = resolve));
  let died = (): void => {};
  const death = new Promise<void>((resolve) => (died = resolve));
  const dying: Bus = {
    ...bus,
    append: async (topic, partition, values) => {
      if (topicName === undefined || topicName === topic.name) appends += 1;
      if (!isDead && appends < dieAtAppend) return bus.append(topic, partition, values);
      if (!isDead && isWritten) await bus.append(topic, partition, values.slice(0, Math.ceil(values.length / 2)));
      isDead = true;
      died();
      await silence;
      return bus.append(topic, partition, values);
    },
    consume: async (group, subscriptions) => {
      const consumer = await bus.consume(group, subscriptions);
      consumers.push(consumer);
      return consumer;
    },
  };
  return {
    bus: dying,
    death,
    wake: () => wake(),
    bury: async () => void (await Promise.all(consumers.map((consumer) => consumer.stop()))),
  };
};

/** Makes half a minute two hours and a half, with as many windows. */
const HOURS_TIMES = 300;
const HOURS_CONFIG = { ...CONFIG, windowMs: CONFIG.windowMs * HOURS_TIMES };

const start = (bus: Bus, metrics: Metrics = createMetrics('analyzer'), config = CONFIG) =>
  startAnalyzer(
    {
      bus,
      clock: systemClock,
      events: createAnalyzerEvents(silentLog, metrics, systemClock),
      snapshots: createSnapshots(bus),
    },
    config,
  );

const logsOf = (seed: number) => ({
  exchanges: [0, 1, 2, 3].map((partition) => disturb(exchangeLog(seed + partition, 30), seed)),
  scores: [0, 1, 2, 3].map((partition) => disturb(sheetLog(seed + partition, 30), seed)),
});
type Logs = ReturnType<typeof logsOf>;

const feed = async (bus: Bus, { exchanges, scores }: Logs, from: number, to: number): Promise<void> => {
  const share = <T>(log: readonly T[]): T[] => log.slice(Math.floor(log.length * from), Math.floor(log.length * to));
  for (const [partition, log] of exchanges.entries()) await bus.append(EXCHANGES, partition, share(log));
  for (const [partition, log] of scores.entries()) await bus.append(SCORES, partition, share(log));
};

const expectedOf = (bus: Bus, { exchanges, scores }: Logs, config: typeof CONFIG): Map<string, string> => {
  const sizes = { ...config, outPartitions: 2, outPartitionOf: (agent: string) => bus.partitionFor(agent, 2) };
  const numbered = <T>(logs: readonly T[][]) => logs.map((log) => log.map((value, offset) => ({ offset, value })));
  const partials = [
    ...partialsOf(sizes, EXCHANGE_INPUT, numbered(exchanges)),
    ...partialsOf(sizes, SCORE_INPUT, numbered(scores)),
  ];
  return new Map([...windowsOf(sizes, partials)].map(([key, row]) => [key, canonicalize(row)!]));
};

/** Every distinct row in the windows topic; two different rows of one key fail. */
const rowsIn = async (bus: Bus): Promise<Map<string, string>> => {
  const rows = new Map<string, string>();
  const take = ({ value }: { value: WindowRecord }): void => {
    if (!value.event) return;
    const key = windowKeyText(value.event);
    const text = canonicalize(value)!;
    if (rows.has(key)) expect(text).toBe(rows.get(key));
    rows.set(key, text);
  };
  for (let partition = 0; partition < WINDOWS.partitions; partition++) await bus.readToEnd(WINDOWS, partition, 0, take);
  return rows;
};

const piecesIn = async (bus: Bus): Promise<number> => {
  let pieces = 0;
  for (let partition = 0; partition < SNAPSHOTS.partitions; partition++)
    await bus.readToEnd(SNAPSHOTS, partition, 0, ({ value }) => (pieces += value.piece ? 1 : 0));
  return pieces;
};

/** The keys whose rows differ, or stand on one side only. */
const differences = (a: Map<string, string>, b: Map<string, string>): string[] =>
  [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key));

const expectAllRows = async (bus: Bus, logs: Logs, config = CONFIG): Promise<void> => {
  const expected = expectedOf(bus, logs, config);
  expect(expected.size).toBeGreaterThan(100);
  await vi.waitFor(async () => expect((await rowsIn(bus)).size).toBeGreaterThanOrEqual(expected.size), 20_000);
  expect(differences(await rowsIn(bus), expected)).toEqual([]);
};

describe('the analyzer', () => {
  let bus: MemoryBus | undefined;
  afterEach(() => bus?.close(1_000));

  it('writes the very rows that the two folds over the whole logs give', async () => {
    bus = createMemoryBus({ seed: 1 });
    const logs = logsOf(1);
    const analyzer = await start(bus);
    await feed(bus, logs, 0, 1);
    await expectAllRows(bus, logs);
    await analyzer.stop();
  });

  it.each([11, 12, 13, 14, 15, 16])(
    'gives the same rows when one of two dies at any append (seed %d)',
    async (seed) => {
      bus = createMemoryBus({ seed });
      const random = seeded(seed);
      const logs = logsOf(seed);
      const doomed = mortal(bus, 1 + Math.floor(random() * 40), random() < 0.5);
      await start(doomed.bus);
      const survivor = await start(bus);
      await feed(bus, logs, 0, 0.7);
      await doomed.death;
      await doomed.bury();
      await feed(bus, logs, 0.7, 1);
      await expectAllRows(bus, logs);
      await survivor.stop();
    },
  );

  it.each([17, 18])('knows ids of two hours again when one of two dies at any append (seed %d)', async (seed) => {
    bus = createMemoryBus({ seed });
    const random = seeded(seed);
    const { exchanges, scores } = logsOf(seed);
    const long = {
      exchanges: exchanges.map((log) => stretched(log, HOURS_TIMES)),
      scores: scores.map((log) => stretched(log, HOURS_TIMES)),
    };
    const doomed = mortal(bus, 1 + Math.floor(random() * 40), random() < 0.5);
    await start(doomed.bus, createMetrics('analyzer'), HOURS_CONFIG);
    const survivor = await start(bus, createMetrics('analyzer'), HOURS_CONFIG);
    await feed(bus, long, 0, 0.8);
    await doomed.death;
    await doomed.bury();
    await feed(bus, long, 0.8, 1);
    await expectAllRows(bus, long, HOURS_CONFIG);
    await survivor.stop();
    expect(await piecesIn(bus)).toBeGreaterThan(50);
  });

  it('is not led astray by a zombie that wakes when all is done', async () => {
    bus = createMemoryBus({ seed: 21 });
    const logs = logsOf(21);
    const zombie = mortal(bus, 9, false, PARTIALS.name);
    await start(zombie.bus);
    const survivor = await start(bus);
    await feed(bus, logs, 0, 0.8);
    await zombie.death;
    await zombie.bury();
    await feed(bus, logs, 0.8, 1);
    await expectAllRows(bus, logs);
    const before = bus.raw(PARTIALS.name, 0).length + bus.raw(PARTIALS.name, 1).length;
    zombie.wake();
    await vi.waitFor(() =>
      expect(bus!.raw(PARTIALS.name, 0).length + bus!.raw(PARTIALS.name, 1).length).toBeGreaterThan(before),
    );
    await expectAllRows(bus, logs);
    await survivor.stop();
  }, 20_000);

  it('goes on from its snapshots after a stop, without reading the logs again', async () => {
    bus = createMemoryBus();
    const logs = logsOf(2);
    await feed(bus, logs, 0, 0.5);
    const first = await start(bus);
    await vi.waitFor(async () => expect([...(await rowsIn(bus!)).keys()].join()).toContain('|error_rate|'), 10_000);
    await first.stop();
    const delivered: number[] = [];
    const watched: Bus = {
      ...bus,
      consume: (group, subscriptions) =>
        bus!.consume(
          group,
          subscriptions.map((one) => ({
            ...one,
            onRecords: async (partition, records) => {
              if (partition.topic === EXCHANGES.name) delivered.push(...records.map(({ offset }) => offset));
              return one.onRecords(partition, records);
            },
          })),
        ),
    };
    const metrics = createMetrics('analyzer');
    const second = await start(watched, metrics);
    await feed(bus, logs, 0.5, 1);
    await expectAllRows(bus, logs);
    const text = await metrics.text();
    await second.stop();
    expect(Math.min(...delivered)).toBeGreaterThan(20);
    expect(text).toMatch(/restores_total\{topic="coalmine.exchanges",from="snapshot"\} 4/);
    expect(text).toMatch(/unaccounted_records\{.*\} 0/);
    expect(text).not.toMatch(/unaccounted_records\{.*\} [^0]/);
  });

  it('skips a damaged snapshot and one of another width, says so, and starts before them', async () => {
    bus = createMemoryBus();
    const logs = logsOf(3);
    await feed(bus, logs, 0, 1);
    const owner = {
      group: 'coalmine-analyzer',
      topic: EXCHANGES.name,
      partition: 0,
      foldVersion: FOLD_VERSION,
      piece: null,
      timeMs: 0,
    };
    const stateAt = (offset: number, windowMs: number): string =>
      packState({ ...CONFIG, windowMs, outPartitions: 2 }, { ...initialState(2, EXCHANGE_INPUT.rememberMs), offset });
    const damaged = { ...owner, offset: 40, state: stateAt(40, CONFIG.windowMs), sha256: 'of something else' };
    const foreign = sealSnapshot({ ...owner, offset: 50, state: stateAt(50, 60_000) });
    const misplaced = sealSnapshot({ ...owner, offset: 60, state: stateAt(30, CONFIG.windowMs) });
    const partition = bus.partitionFor(SNAPSHOTS.partitionKey(damaged)!, SNAPSHOTS.partitions);
    await bus.append(SNAPSHOTS, partition, [damaged, foreign, misplaced]);
    const metrics = createMetrics('analyzer');
    const analyzer = await start(bus, metrics);
    await expectAllRows(bus, logs);
    expect(await metrics.text()).toMatch(/snapshots_total\{topic="coalmine.exchanges",result="skipped"\} 3/);
    await analyzer.stop();
  });

  it('sends what it can’t read to the dead letters and goes on', async () => {
    bus = createMemoryBus();
    const logs = logsOf(4);
    bus.produceRaw(EXCHANGES.name, 1, Buffer.from('garbage'));
    bus.produceRaw(PARTIALS.name, 0, Buffer.from('garbage'));
    const analyzer = await start(bus);
    await feed(bus, logs, 0, 1);
    await expectAllRows(bus, logs);
    expect(bus.raw('coalmine.analyzer.dlq', 1)).toHaveLength(1);
    await analyzer.stop();
  });

  it('tries for ever while the partials can’t be written, and loses nothing', async () => {
    bus = createMemoryBus();
    const logs = logsOf(5);
    let failures = 20;
    const flaky: Bus = {
      ...bus,
      append: async (topic, partition, values) => {
        await bus!.append(topic, partition, values);
        failures -= 1;
        if (failures > 0 && failures % 2 === 0) throw new Error('the answer got lost');
      },
    };
    const analyzer = await start(flaky);
    await feed(bus, logs, 0, 1);
    await expectAllRows(bus, logs);
    await analyzer.stop();
  });

  it('reads the topics that the table of topics says', async () => {
    bus = createMemoryBus();
    const analyzer = await start(bus);
    for (const group of [GROUPS.analyzer, GROUPS.analyzerMerge])
      expect(bus.subscribed(group)).toEqual(topicsReadBy(group));
    await analyzer.stop();
  });
});
