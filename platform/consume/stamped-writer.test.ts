import { describe, expect, it, vi } from 'vitest';
import type { Feedback, FeedbackRecord } from '../../schemas/feedback.ts';
import { FEEDBACK } from '../../schemas/topics.ts';
import { type Bus, type Incoming, RefusedRecordError } from '../kafka/bus.ts';
import { type Clock, systemClock } from '../process/clock.ts';
import { silentLog } from '../process/log.ts';
import { createMemoryBus } from '../kafka/memory-bus.ts';
import { createStampedWriter } from './stamped-writer.ts';
import { createTickPace } from './tick-pace.ts';

const feedback = (id: number): Feedback => ({
  feedbackId: `f${id}`,
  exchangeId: `e${id}`,
  agent: 'support',
  rollout: '',
  routingSequence: 1,
  version: 'v1',
  arm: 'stable',
  evidence: true,
  subjectBucket: 0,
  thumbs: 'up',
  rating: null,
  taskSuccess: null,
  tags: [],
  comment: null,
  labels: [],
  events: [],
  scores: [],
  exchangeAtMs: 1,
  receivedAtMs: id,
});

/** Time moves when the test says so; a sleeper wakes at its time or at its signal. */
const manualClock = (): Clock & { advance(ms: number): void } => {
  let nowMs = 0;
  let sleepers: { atMs: number; wake: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        sleepers.push({ atMs: nowMs + ms, wake: resolve });
        signal?.addEventListener('abort', () => resolve());
      }),
    advance: (ms) => {
      nowMs += ms;
      const due = sleepers.filter(({ atMs }) => atMs <= nowMs);
      sleepers = sleepers.filter(({ atMs }) => atMs > nowMs);
      for (const { wake } of due) wake();
    },
  };
};

const fastClock: Clock = { nowMs: () => systemClock.nowMs(), sleep: (_ms, signal) => systemClock.sleep(1, signal) };

/** Works about every third time, at no regular beat. */
const nowAndThen = (attempt: number): boolean => (Math.imul(attempt ^ (attempt >>> 3), 0x9e3779b1) >>> 16) % 3 === 0;

type Flaw = (attempt: number) => 'works' | 'fails before' | 'fails after';

/** A bus whose appends fail as told: before anything is written, or after all of it was. */
const flawed = (bus: Bus, flaw: Flaw): Bus => {
  let attempts = 0;
  return {
    ...bus,
    append: async (topic, partition, values) => {
      attempts += 1;
      const fate = flaw(attempts);
      if (fate === 'fails before') throw new Error('no leader');
      await bus.append(topic, partition, values);
      if (fate === 'fails after') throw new Error('no answer');
    },
  };
};

const writerOn = (bus: Bus, clock: Clock, more: { tickEveryMs?: number; sequences?: number[] } = {}) => {
  const { tickEveryMs, ...rest } = more;
  let ticks = 0;
  return createStampedWriter<Feedback, FeedbackRecord>({
    bus,
    topic: FEEDBACK,
    source: 'ingress-1@5',
    clock,
    log: silentLog,
    tick: () => ({ timeMs: clock.nowMs(), tick: { counters: { ticks: ++ticks }, arms: [], share: null } }),
    pace: createTickPace(clock, tickEveryMs),
    ...rest,
  });
};

const partitionsOf = async (bus: Bus): Promise<Incoming<FeedbackRecord>[][]> =>
  Promise.all(
    Array.from({ length: FEEDBACK.partitions }, async (_, partition) => {
      const records: Incoming<FeedbackRecord>[] = [];
      await bus.readToEnd(FEEDBACK, partition, 0, (record) => records.push(record));
      return records;
    }),
  );
const eventsOf = (records: readonly Incoming<FeedbackRecord>[]): FeedbackRecord[] =>
  records.map(({ value }) => value).filter(({ event }) => event !== null);
const ticksOf = (records: readonly Incoming<FeedbackRecord>[]): FeedbackRecord[] =>
  records.map(({ value }) => value).filter(({ tick }) => tick !== null);

/** Each number once and in order, whatever was repeated. */
const numbersOf = (records: readonly FeedbackRecord[]): number[] => {
  const seen = new Set<number>();
  for (const { sequence } of records) seen.add(sequence);
  return [...seen];
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('the stamped writer', () => {
  it('numbers the events of each partition from 1 without gaps, in the order of writing', async () => {
    const bus = createMemoryBus();
    const writer = await writerOn(bus, fastClock);
    await Promise.all(Array.from({ length: 100 }, (_, i) => writer.write(feedback(i), i)));
    expect(writer.queued()).toBe(0);
    const partitions = await partitionsOf(bus);
    for (const [partition, records] of partitions.entries()) {
      const events = eventsOf(records);
      expect(events.map(({ sequence }) => sequence)).toEqual(upTo(events.length));
      expect(events.map(({ timeMs }) => timeMs)).toEqual(events.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b));
      expect(
        events.every(
          ({ source, event }) => source === 'ingress-1@5' && bus.partitionFor(event?.exchangeId ?? '', 4) === partition,
        ),
      ).toBe(true);
      expect(writer.sequences()[partition]).toBe(events.length);
    }
    expect(partitions.flatMap(eventsOf)).toHaveLength(100);
    await writer.stop(1_000);
  });

  it.each([
    ['fails before it writes', (n: number) => (nowAndThen(n) ? 'works' : 'fails before')],
    ['fails after it wrote', (n: number) => (nowAndThen(n) ? 'works' : 'fails after')],
  ] as const)('loses nothing and keeps the order when an append %s; repeats keep their numbers', async (_, flaw) => {
    const bus = createMemoryBus();
    const writer = await writerOn(flawed(bus, flaw), fastClock);
    for (let round = 0; round < 5; round++)
      await Promise.all(Array.from({ length: 20 }, (_, i) => writer.write(feedback(round * 20 + i), round * 20 + i)));
    await writer.stop(1_000);
    const partitions = await partitionsOf(bus);
    const ids = new Set(partitions.flatMap(eventsOf).map(({ event }) => event?.feedbackId));
    expect(ids.size).toBe(100);
    for (const records of partitions) {
      const events = eventsOf(records);
      const byNumber = new Map<number, string | undefined>();
      for (const { sequence, event } of events) {
        expect(byNumber.get(sequence) ?? event?.feedbackId).toBe(event?.feedbackId);
        byNumber.set(sequence, event?.feedbackId);
      }
      expect(numbersOf(events)).toEqual(upTo(byNumber.size));
    }
  });

  it('ticks every partition when a tick is due, behind every event up to the tick’s time', async () => {
    const bus = createMemoryBus();
    const clock = manualClock();
    const writer = await writerOn(bus, clock);
    await vi.waitFor(async () =>
      expect((await partitionsOf(bus)).map((records) => ticksOf(records).length)).toEqual([1, 1, 1, 1]),
    );
    const writes = Promise.all(Array.from({ length: 40 }, (_, i) => writer.write(feedback(i), 500)));
    clock.advance(1_000);
    await writes;
    await vi.waitFor(async () =>
      expect((await partitionsOf(bus)).map((records) => ticksOf(records).length)).toEqual([2, 2, 2, 2]),
    );
    for (const records of await partitionsOf(bus)) {
      const last = records.at(-1)?.value;
      expect(last?.tick?.counters).toEqual({ ticks: 2 });
      expect(last?.timeMs).toBe(1_000);
      expect(last?.sequence).toBe(eventsOf(records).length);
    }
    await writer.stop(1_000);
  });

  it('lets ticks that could not be written yet become one', async () => {
    const bus = createMemoryBus();
    const clock = manualClock();
    let isAway = true;
    const writer = await writerOn(
      flawed(bus, () => (isAway ? 'fails before' : 'works')),
      clock,
    );
    for (let second = 0; second < 10; second++) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    isAway = false;
    await vi.waitFor(async () => {
      clock.advance(2_000);
      expect((await partitionsOf(bus))[0]?.length).toBeGreaterThan(0);
    });
    const [first] = await partitionsOf(bus);
    expect(first?.length).toBeLessThan(6);
    await writer.stop(1_000);
  });

  it('goes on with the numbers of an earlier run', async () => {
    const bus = createMemoryBus();
    const writer = await writerOn(bus, fastClock, { sequences: [10, 20, 30, 40] });
    await Promise.all(Array.from({ length: 40 }, (_, i) => writer.write(feedback(i), i)));
    const firsts = (await partitionsOf(bus)).map((records) => eventsOf(records)[0]?.sequence);
    expect(firsts).toEqual([11, 21, 31, 41]);
    expect(writer.sequences().reduce((sum, n) => sum + n, 0)).toBe(140);
    await writer.stop(1_000);
  });

  it('leaves out an event that does not fit its topic, tells its writer, and numbers on without a gap', async () => {
    const bus = createMemoryBus();
    const writer = await writerOn(bus, fastClock);
    const writes = upTo(20).map((i) =>
      writer.write(i % 5 === 0 ? { ...feedback(i), subjectBucket: -1 } : feedback(i), i),
    );
    const results = await Promise.allSettled(writes);
    const refused = results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown);
    expect(refused).toHaveLength(4);
    expect(refused.every((error) => error instanceof RefusedRecordError)).toBe(true);
    for (const records of await partitionsOf(bus)) {
      const events = eventsOf(records);
      expect(events.map(({ sequence }) => sequence)).toEqual(upTo(events.length));
    }
    await writer.stop(1_000);
  });

  it('writes what is queued and a last tick when it stops, and takes nothing after', async () => {
    const bus = createMemoryBus();
    const writer = await writerOn(bus, fastClock, { tickEveryMs: 60_000 });
    const writes = upTo(30).map((i) => writer.write(feedback(i), i));
    await writer.stop(5_000);
    await Promise.all(writes);
    const partitions = await partitionsOf(bus);
    expect(partitions.flatMap(eventsOf)).toHaveLength(30);
    expect(partitions.every((records) => records.at(-1)?.value.tick !== null)).toBe(true);
    await expect(writer.write(feedback(99), 99)).rejects.toThrow('stopped');
  });

  it.each([
    ['says goodbye, as its source is never used again', undefined, 1],
    ['says no goodbye when its source goes on after a restart', [0, 0, 0, 0], undefined],
  ])('in its last tick %s', async (_, sequences, stopped) => {
    const bus = createMemoryBus();
    const writer = await writerOn(bus, fastClock, { tickEveryMs: 60_000, ...(sequences ? { sequences } : {}) });
    await writer.write(feedback(1), 1);
    await writer.stop(5_000);
    const ticks = (await partitionsOf(bus)).map((records) =>
      ticksOf(records).map(({ tick }) => tick?.counters['stopped']),
    );
    for (const told of ticks) {
      expect(told.at(-1)).toBe(stopped);
      expect(told.slice(0, -1).every((earlier) => earlier === undefined)).toBe(true);
    }
  });

  it('nothing bears a time that is still to come, even if it was written while the clock was three hours ahead', async () => {
    let aheadMs = 3 * 3_600_000;
    const clock: Clock = { ...fastClock, nowMs: () => systemClock.nowMs() + aheadMs };
    const memory = createMemoryBus();
    const bus = flawed(memory, (attempt) => {
      if (attempt > 8) aheadMs = 0;
      return attempt > 16 ? 'works' : 'fails before';
    });
    const writer = await writerOn(bus, clock);
    await writer.write(feedback(1), clock.nowMs());
    await writer.stop(1_000);
    for (const { value } of (await partitionsOf(memory)).flat())
      expect(value.timeMs).toBeLessThanOrEqual(systemClock.nowMs());
  });

  it('rejects at its deadline what Kafka has not taken', async () => {
    const bus = flawed(createMemoryBus(), () => 'fails before');
    const writer = await writerOn(bus, systemClock);
    const write = writer.write(feedback(1), 1);
    const rejected = expect(write).rejects.toThrow('stopped before Kafka took it');
    await vi.waitFor(() => expect(writer.queued()).toBe(1));
    await writer.stop(20);
    await rejected;
  });

  it('is there at once while Kafka is away, and keeps events for later', async () => {
    const memory = createMemoryBus();
    let isAway = true;
    const bus: Bus = {
      ...memory,
      partitionCount: async (topic) => {
        if (isAway) throw new Error('no brokers');
        return memory.partitionCount(topic);
      },
    };
    const writer = await writerOn(bus, fastClock, { sequences: [1, 1, 1, 1] });
    const write = writer.write(feedback(1), 1);
    expect([writer.queued(), writer.sequences()]).toEqual([1, [1, 1, 1, 1]]);
    isAway = false;
    await write;
    expect(writer.queued()).toBe(0);
    await writer.stop(1_000);
  });
});
