import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AssignedPartition, Bus, Consumer, Subscription } from '../platform/kafka/bus.ts';
import { systemClock } from '../platform/process/clock.ts';
import { silentLog } from '../platform/process/log.ts';
import { createMemoryBus, type MemoryBus } from '../platform/kafka/memory-bus.ts';
import { createMetrics } from '../platform/process/metrics.ts';
import type { Exchange, Shadow } from '../schemas/exchange.ts';
import { flatScores, type FlatScore, type ScoreSheetRecord } from '../schemas/score.ts';
import { readAnnouncement, type RegistryEntry } from '../schemas/registry-entry.ts';
import { deadLetterTopic, EXCHANGES, REGISTRY, GROUPS, SCORES, SHADOWS, topicsReadBy } from '../schemas/topics.ts';
import { body } from '../schemas/exchange.fixture.ts';
import { exchangeOf, shadowOf } from './answers/exchange.fixture.ts';
import type { Judged, Scored } from './score-sheet.ts';
import { SCORERS } from './scorers/registry.ts';
import { createToolCallCheck } from './answers/tool-schema.ts';
import { createJudgeEvents } from './events.ts';
import type { ModelScoring } from './models/model-scoring.ts';
import { type JudgeDeps, startJudge } from './service.ts';

/** Of an exchange, by rules. */
const METRICS = SCORERS.filter(({ by }) => by === 'rules').length;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const newBus = (seed?: number): MemoryBus => {
  const bus = createMemoryBus(seed === undefined ? {} : { seed });
  stops.push(() => bus.close(0));
  return bus;
};

const verdict: Scored = {
  finding: { metric: 'tone', status: 'scored', value: 1, reason: 'r' },
  scorer: { scorer: 'llm:m', scorerVersion: '1', costUsd: 0.5 },
};
const tone: Judged = { scored: verdict, live: null };
const modelsOf = (scores: ModelScoring['scores'], maxWaiting = 100): ModelScoring => ({
  asks: () => true,
  scores,
  waitMs: () => 0,
  shed: () => 7,
  maxWaiting,
});

const start = async (bus: Bus, rest: Partial<JudgeDeps> = {}, concurrency = 8) => {
  const events = createJudgeEvents(silentLog, createMetrics('judge'));
  const check = createToolCallCheck();
  const references = new Map();
  const deps = {
    bus,
    clock: systemClock,
    log: silentLog,
    events,
    check,
    references,
    models: null,
    rubrics: [],
    busyShare: () => 0,
    ...rest,
  };
  // All is scored, however slow the machine is; judge-behind.test.ts has what is left out.
  const judge = await startJudge(deps, { instance: 'judge-1', concurrency, maxLagMs: Number.MAX_SAFE_INTEGER });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= judge.stop());
  stops.push(stop);
  return { stop };
};

let sequence = 0;
const stamp = <E>(event: E) => ({ source: 'test', sequence: (sequence += 1), timeMs: 1, event, tick: null });
const feed = (bus: Bus, ...exchanges: Exchange[]): Promise<unknown> =>
  Promise.all(
    exchanges.map((e) => bus.append(EXCHANGES, bus.partitionFor(e.exchangeId, EXCHANGES.partitions), [stamp(e)])),
  );
const feedShadow = (bus: Bus, shadow: Shadow): Promise<void> =>
  bus.append(SHADOWS, bus.partitionFor(shadow.exchange.exchangeId, SHADOWS.partitions), [stamp(shadow)]);
const exchanges = (count: number, from = 0): Exchange[] =>
  Array.from({ length: count }, (_, i) => exchangeOf({ exchangeId: `x-${from + i}` }));

const recordsIn = async (bus: Bus): Promise<ScoreSheetRecord[]> => {
  const found: ScoreSheetRecord[] = [];
  for (let p = 0; p < SCORES.partitions; p++) await bus.readToEnd(SCORES, p, 0, ({ value }) => found.push(value));
  return found;
};
const scoresIn = async (bus: Bus): Promise<FlatScore[]> =>
  (await recordsIn(bus)).flatMap(({ event }) => (event ? flatScores(event) : []));
/** Waits until so many distinct scores are there. */
const waitForScores = (bus: Bus, count: number): Promise<FlatScore[]> =>
  vi.waitFor(
    async () => {
      const scores = await scoresIn(bus);
      expect(new Set(scores.map((s) => s.scoreId)).size).toBe(count);
      return scores;
    },
    { timeout: 10_000, interval: 10 },
  );

describe('the judge', () => {
  it('publishes one sheet with a score of every metric for an exchange, in the exchange’s partition', async () => {
    const bus = newBus();
    await start(bus);
    await feed(bus, exchangeOf());
    const scores = await waitForScores(bus, METRICS);
    expect(scores).toHaveLength(METRICS);
    expect(new Set(scores.map((s) => s.metric)).size).toBe(METRICS);
    expect(scores.every((s) => s.exchangeId === 'x-1' && s.kind === 'live' && s.scorer === 'rules')).toBe(true);
    const partition = bus.partitionFor('x-1', SCORES.partitions);
    const own: unknown[] = [];
    await bus.readToEnd(SCORES, partition, 0, ({ value }) => value.event && own.push(value));
    expect(own).toHaveLength(1);
  });

  it('publishes a shadow’s scores with both values and their difference', async () => {
    const bus = newBus();
    await start(bus);
    await feedShadow(bus, shadowOf());
    const scores = await waitForScores(bus, METRICS);
    const empathy = scores.find((s) => s.metric === 'empathy');
    expect(empathy).toMatchObject({ kind: 'shadow', arm: 'candidate', value: 0.05, liveValue: 0.6 });
    expect(empathy?.delta).toBeCloseTo(-0.55);
    expect(scores.find((s) => s.metric === 'latency')).toMatchObject({ value: 0.1, liveValue: 0.25 });
  });

  it('announces the metric of each rubric that it was started with, and scores meanwhile', async () => {
    const bus = newBus();
    await start(bus, { rubrics: [{ metric: 'tone', version: '2-abc' }] });
    await feed(bus, exchangeOf());
    await waitForScores(bus, METRICS);
    const entries: RegistryEntry[] = [];
    await vi.waitFor(async () => {
      await bus.readToEnd(REGISTRY, 0, 0, ({ value }) => entries.push(value));
      expect(entries).toMatchObject([{ kind: 'Metric', name: 'tone', by: 'judge-1' }]);
    });
    expect(readAnnouncement(entries[0]!)).toEqual({
      announced: { name: 'tone', family: 'score', better: 'higher', unit: 'ratio', scorerVersion: '2-abc' },
    });
  });

  it('publishes what models say beside what rules say', async () => {
    const bus = newBus();
    await start(bus, {
      models: modelsOf(({ exchange }) => (exchange.rollout === '' ? [] : [Promise.resolve([tone])])),
    });
    await feed(bus, exchangeOf({ rollout: '' }), exchangeOf({ exchangeId: 'x-2' }));
    const scores = await waitForScores(bus, 2 * METRICS + 1);
    expect(scores.filter((s) => s.metric === 'tone')).toMatchObject([{ exchangeId: 'x-2', costUsd: 0.5 }]);
  });

  it('publishes all scores by rules while as many as may wait for a model do so', async () => {
    const bus = newBus();
    const hanging = modelsOf(() => [new Promise<never>(() => {})], 40);
    await start(bus, { models: hanging }, 1);
    await feed(bus, ...exchanges(40));
    await waitForScores(bus, 40 * METRICS);
  });

  it('commits no offset before what models say is in the topic', async () => {
    const bus = newBus();
    const hanging = await start(bus, { models: modelsOf(() => [new Promise<never>(() => {})]) });
    await feed(bus, exchangeOf());
    await waitForScores(bus, METRICS);
    await hanging.stop();
    await start(bus, { models: modelsOf(() => [Promise.resolve([tone])]) });
    await waitForScores(bus, METRICS + 1);
  });

  it('publishes error scores for bodies that it can’t read', async () => {
    const bus = newBus();
    await start(bus);
    await feed(bus, exchangeOf({ responseBody: body('<html>') }));
    const scores = await waitForScores(bus, METRICS);
    expect(scores.filter((s) => s.status === 'error').map((s) => s.metric)).toContain('empathy');
    expect(scores.every((s) => s.status === 'scored' || s.value === null)).toBe(true);
  });

  it('finds the reference answer by the request’s metadata', async () => {
    const bus = newBus();
    await start(bus, { references: new Map([['r-1', { accepted: null }]]) });
    await feed(bus, exchangeOf({ metadata: { reference_id: 'r-1' } }));
    const scores = await waitForScores(bus, METRICS);
    expect(scores.find((s) => s.metric === 'task_success')?.value).toBe(1);
  });

  it('sends what it can’t decode to the dead-letter topic and goes on', async () => {
    const bus = newBus();
    const partition = bus.partitionFor('x-1', EXCHANGES.partitions);
    bus.produceRaw(EXCHANGES.name, partition, Buffer.from('garbage'));
    await start(bus);
    await feed(bus, exchangeOf());
    await waitForScores(bus, METRICS);
    const letters = [0, 1].flatMap((p) => bus.raw(deadLetterTopic(GROUPS.judge), p));
    expect(letters.map((letter) => letter.value?.toString())).toEqual(['garbage']);
  });

  it('tells in its ticks how many it received and finished', async () => {
    const bus = newBus();
    const { stop } = await start(bus);
    await feed(bus, ...exchanges(5));
    await waitForScores(bus, 5 * METRICS);
    await stop();
    const ticks = (await recordsIn(bus)).flatMap(({ tick }) => (tick ? [tick.counters] : []));
    expect(ticks.at(-1)).toMatchObject({ received: 5, done: 5, failed: 0, shed: 0 });
  });

  it('counts an exchange with a score that its topic refuses, and goes on', async () => {
    const bus = newBus();
    const tooLarge: Scored = {
      finding: { metric: 'm'.repeat(2_000_000), status: 'scored', value: 1, reason: 'r' },
      scorer: { scorer: 's', scorerVersion: '1', costUsd: 0 },
    };
    const { stop } = await start(bus, {
      models: modelsOf(({ exchange }) =>
        exchange.rollout === '' ? [] : [Promise.resolve([{ scored: tooLarge, live: null }])],
      ),
    });
    await feed(bus, exchangeOf({ exchangeId: 'x-2' }), exchangeOf({ rollout: '' }));
    await waitForScores(bus, 2 * METRICS);
    await stop();
    const ticks = (await recordsIn(bus)).flatMap(({ tick }) => (tick ? [tick.counters] : []));
    expect(ticks.at(-1)).toMatchObject({ received: 2, done: 1, failed: 1, shed: 7 });
  });
});

/** A bus whose user can be cut off as by kill -9: from then on nothing of it is written, committed or delivered. */
const crashable = (bus: Bus): { bus: Bus; crash: () => Promise<void> } => {
  let isDead = false;
  const consumers: Consumer[] = [];
  const never = (): Promise<never> => new Promise(() => {});
  const wrap = (partition: AssignedPartition): AssignedPartition => ({
    ...partition,
    alive: () => !isDead && partition.alive(),
    commit: async (offset) => !isDead && partition.commit(offset),
  });
  const handles = new WeakMap<AssignedPartition, AssignedPartition>();
  const wrapped = (partition: AssignedPartition): AssignedPartition => {
    const found = handles.get(partition) ?? wrap(partition);
    handles.set(partition, found);
    return found;
  };
  const cutOff = (inner: Subscription): Subscription => ({
    topic: inner.topic,
    onAssign: async (p) => inner.onAssign?.(wrapped(p)),
    onRecords: (p, records) => inner.onRecords(wrapped(p), records),
    onRevoke: async (p) => inner.onRevoke?.(wrapped(p)),
  });
  return {
    bus: {
      ...bus,
      append: (topic, partition, values) => (isDead ? never() : bus.append(topic, partition, values)),
      consume: async (group, subscriptions) => {
        const consumer = await bus.consume(group, subscriptions.map(cutOff));
        consumers.push(consumer);
        return consumer;
      },
    },
    crash: async () => {
      isDead = true;
      await Promise.all(consumers.map((consumer) => consumer.stop()));
    },
  };
};

describe('after a crash', () => {
  it.each([1, 2, 3])('every exchange has exactly one distinct score id per metric (seed %i)', async (seed) => {
    const bus = newBus(seed);
    const count = 120;
    const shadowed = shadowOf({ exchange: exchangeOf({ exchangeId: 'x-0' }) });
    await feed(bus, ...exchanges(count));
    await feedShadow(bus, shadowed);
    for (const after of [50 * seed, 250 * seed]) {
      const cut = crashable(bus);
      const crashed = await start(cut.bus, {}, 4);
      await vi.waitFor(async () => expect((await scoresIn(bus)).length).toBeGreaterThan(after), { interval: 1 });
      await cut.crash();
      stops.splice(stops.indexOf(crashed.stop), 1);
    }
    await start(bus);
    const scores = await waitForScores(bus, (count + 1) * METRICS);
    const idsOf = new Map<string, Set<string>>();
    for (const s of scores) {
      const key = `${s.exchangeId} ${s.shadowId} ${s.metric}`;
      idsOf.set(key, (idsOf.get(key) ?? new Set()).add(s.scoreId));
    }
    expect(idsOf.size).toBe((count + 1) * METRICS);
    expect([...idsOf.values()].every((ids) => ids.size === 1)).toBe(true);
  });

  it('a second judge that joins and leaves loses and changes nothing', async () => {
    const bus = newBus(7);
    await start(bus, {}, 2);
    await feed(bus, ...exchanges(40));
    const second = await start(bus, {}, 2);
    await feed(bus, ...exchanges(40, 40));
    await second.stop();
    await feed(bus, ...exchanges(40, 80));
    await waitForScores(bus, 120 * METRICS);
  });

  it('reads the topics that the table of topics says', async () => {
    const bus = newBus();
    await start(bus);
    expect(bus.subscribed(GROUPS.judge)).toEqual(topicsReadBy(GROUPS.judge));
  });
});
