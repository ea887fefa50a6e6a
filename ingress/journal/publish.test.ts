import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExchangeRecord } from '../../schemas/exchange.ts';
import { EXCHANGES } from '../../schemas/topics.ts';
import type { Bus } from '../../platform/kafka/bus.ts';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { type Clock, systemClock } from '../../platform/process/clock.ts';
import { saveCheckpoint } from './checkpoint-file.io.ts';
import { createFloor, raiseFloor, settledMs } from './journal-floor.ts';
import { listSegments } from './journal-files.io.ts';
import { readBatch } from './journal-reader.io.ts';
import { openJournal } from './journal.io.ts';
import { entryOf } from '../exchange/capture.fixture.ts';
import type { Entry } from '../exchange/journal-record.ts';
import type { ExchangeHead } from '../exchange/exchange-head.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { createPublisherEvents } from './publisher-events.ts';
import { createStalledSince } from './stalled-since.ts';
import { startTestPublisher, until } from '../test/front-door.harness.ts';

let dataDir: string;
let bus: Bus;
let records: ExchangeRecord[];
beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'coalmine-publish-'));
  mkdirSync(path.join(dataDir, 'journal'));
  bus = createMemoryBus();
  records = [];
  await bus.tail(EXCHANGES, async (_partition, incoming) => void records.push(...incoming.map((r) => r.value)));
});
afterEach(async () => {
  await bus.close(500);
  rmSync(dataDir, { recursive: true, force: true });
});

const floor = createFloor();
const openTestJournal = (nowMs: () => number = Date.now) =>
  openJournal({
    dir: path.join(dataDir, 'journal'),
    capBytes: 1e9,
    segmentBytes: 4_000,
    floor,
    nowMs,
    onDiskError: () => {},
    onRecovered: () => {},
  });
const entry = (exchangeId: string, more: Partial<ExchangeHead> = {}): Entry =>
  entryOf('{}', '{}', { exchangeId, slices: {}, promptUsdPerMillion: 0, completionUsdPerMillion: 0, ...more });
const write = (journal: ReturnType<typeof openTestJournal>, e: Entry) =>
  new Promise<void>((resolve) => journal.append(e, () => resolve()));
const events = () => records.filter((record) => record.event !== null);
const effective = () => {
  const seen = new Set<string>();
  return events().filter((record) => {
    const key = `${record.source}|${bus.partitionFor(record.event!.exchangeId, 4)}|${record.sequence}`;
    return !seen.has(key) && seen.add(key);
  });
};

describe('publisher', () => {
  it('what is published again after a kill bears the same source and numbers: each exchange once, no number missing', async () => {
    const journal = openTestJournal();
    const killed = (): never => {
      throw new Error('killed before the checkpoint');
    };
    for (let i = 0; i < 8; i++) await write(journal, entry(`b${i}`));
    const first = await startTestPublisher(dataDir, bus, floor, { saveCheckpoint: killed });
    await until(() => events().length === 8, 'the first eight');
    await first.stop(1_000);
    for (let i = 8; i < 12; i++) await write(journal, entry(`b${i}`));
    const second = await startTestPublisher(dataDir, bus, floor);
    await until(() => events().length === 20, 'all of them again');
    await second.stop(1_000);
    expect(
      effective()
        .map((r) => r.event!.exchangeId)
        .sort(),
    ).toEqual(Array.from({ length: 12 }, (_, i) => `b${i}`).sort());
    for (let partition = 0; partition < 4; partition++) {
      const numbers = effective()
        .filter((r) => bus.partitionFor(r.event!.exchangeId, 4) === partition)
        .map((r) => r.sequence);
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    }
    journal.close();
  });

  it('what could not be read is read again soon, whether or not anything is written meanwhile', async () => {
    const journal = openTestJournal();
    await write(journal, entry('r0'));
    let reads = 0;
    const publisher = await startTestPublisher(dataDir, bus, floor, {
      untilWritten: (_writes, _withinMs, signal) =>
        new Promise((resolve) => {
          // An event that was before is not told.
          if (signal.aborted) resolve();
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
      readBatch: async (from) => {
        reads += 1;
        if (reads === 2) throw new Error('the disk is slow to answer');
        return readBatch(path.join(dataDir, 'journal'), from);
      },
    });
    await until(() => events().length === 1, 'what was written before');
    expect(reads).toBeGreaterThan(2);
    await publisher.stop(100);
    journal.close();
  });

  it('published segments are deleted, and the next run begins after them', async () => {
    const journal = openTestJournal();
    for (let i = 0; i < 40; i++) await write(journal, entry(`c${i}`));
    const last = listSegments(path.join(dataDir, 'journal')).at(-1)!;
    expect(last).toBeGreaterThan(2);
    const publisher = await startTestPublisher(dataDir, bus, floor);
    await until(() => events().length === 40, 'all of them');
    await publisher.stop(1_000);
    expect(listSegments(path.join(dataDir, 'journal'))).toEqual([last]);
    const again = await startTestPublisher(dataDir, bus, floor);
    await write(journal, entry('c40'));
    await until(() => events().some((r) => r.event!.exchangeId === 'c40'), 'the next one');
    await again.stop(1_000);
    expect(events()).toHaveLength(41);
    journal.close();
  });

  it('a tick never claims a time whose exchanges are not all before it, and counts per arm what was drawn', async () => {
    const journal = openTestJournal();
    const publisher = await startTestPublisher(dataDir, bus, floor);
    await write(journal, entry('d0'));
    await write(journal, entry('d1', { assignedArm: 'candidate', assignedVersion: 'v2' }));
    await write(journal, entry('d2', { assignment: 'pin' }));
    await until(() => publisher.checkpoint().exchanges.published === 3, 'publication');
    const tick = await until(
      () => records.findLast((r) => r.tick?.counters['published'] === 3)?.tick ?? undefined,
      'a tick',
    );
    expect(tick.counters).toEqual({ accepted: 3, published: 3, dropped: 0 });
    expect(tick.arms.map((arm) => [arm.arm, arm.version, arm.accepted, arm.dropped])).toEqual([
      ['stable', 'v1', 1, 0],
      ['candidate', 'v2', 1, 0],
    ]);
    raiseFloor(floor, 5_000);
    await publisher.stop(1_000);
    Atomics.store(floor, 0, 0n);
    for (const [i, record] of records.entries()) {
      if (record.tick === null) continue;
      const later = records.slice(i + 1).filter((r) => r.event !== null && r.source === record.source);
      for (const event of later) expect(event.timeMs).toBeGreaterThan(record.timeMs);
    }
    journal.close();
  });

  it('an event that its topic refuses is dropped and counted, and the rest goes on', async () => {
    const journal = openTestJournal();
    const publisher = await startTestPublisher(dataDir, bus, floor);
    await write(journal, entry('e0', { subjectBucket: -5, status: 0.5 }));
    await write(journal, entry('e1'));
    await until(() => events().some((r) => r.event!.exchangeId === 'e1'), 'the sound one');
    const counts = await until(
      () => publisher.checkpoint().exchanges.accepted === 2 && publisher.checkpoint().exchanges,
      'the counts',
    );
    expect(counts).toEqual({ accepted: 2, published: 1, dropped: 1 });
    await publisher.stop(1_000);
    journal.close();
  });

  it('an answer that fails in its own words after a good status is recorded as the failure that it is', async () => {
    const journal = openTestJournal();
    const publisher = await startTestPublisher(dataDir, bus, floor);
    const stream = { contentType: 'text/event-stream', sizeBytes: 2, truncated: false, sha256: '' };
    const failed = Buffer.from('data: {"choices":[]}\n\ndata: {"error":{"message":"overloaded"}}\n\n');
    const empty = Buffer.alloc(0);
    const failing = { ...entry('h0', { response: stream }), bodies: [empty, failed, empty] } as Entry;
    const long = { ...stream, truncated: true };
    const cut = { ...entry('h1', { response: long }), bodies: [empty, Buffer.from('data: {'), failed] } as Entry;
    await write(journal, failing);
    await write(journal, cut);
    await until(() => events().length === 2, 'both');
    expect(events().map((r) => r.event!.outcome)).toEqual(['truncated', 'truncated']);
    await publisher.stop(1_000);
    journal.close();
  });

  it('an event larger than a record may be is dropped and counted, and one whose bodies are no text is not', async () => {
    const journal = openTestJournal();
    const publisher = await startTestPublisher(dataDir, bus, floor);
    const half = Buffer.alloc(600_000, 'x');
    const bytes = Buffer.alloc(256 * 1024, 0xff);
    await write(journal, { ...entry('g0'), bodies: [half, half, Buffer.alloc(0)] } as Entry);
    await write(journal, { ...entry('g1'), bodies: [bytes, bytes, Buffer.alloc(0)] } as Entry);
    await until(() => publisher.checkpoint().exchanges.accepted === 2, 'both');
    expect(publisher.checkpoint().exchanges).toEqual({ accepted: 2, published: 1, dropped: 1 });
    await until(() => events().length === 1, 'the second');
    expect(events()[0]?.event).toMatchObject({ exchangeId: 'g1', responseBody: { state: 'hashed', text: '' } });
    await publisher.stop(1_000);
    journal.close();
  });

  describe('with a clock that leaps three hours ahead, and comes back', () => {
    const HOUR_MS = 3_600_000;
    let aheadMs = 0;
    const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
    const leaping = { clock, settledMs: () => settledMs(floor, clock.nowMs()) };
    beforeEach(() => void (aheadMs = 0));
    const eventOf = (id: string) => events().find((r) => r.event!.exchangeId === id);
    const isNow = (timeMs: number | undefined): boolean => Math.abs((timeMs ?? 0) - systemClock.nowMs()) < 60_000;

    it('what comes after is published under its own time, and ticks come back as well', async () => {
      const journal = openTestJournal(clock.nowMs);
      const publisher = await startTestPublisher(dataDir, bus, floor, leaping);
      aheadMs = 3 * HOUR_MS;
      await write(journal, entry('l0'));
      await until(() => eventOf('l0'), 'the one under the wrong time');
      await until(() => records.some((r) => r.tick !== null && !isNow(r.timeMs)), 'a tick of the wrong time');
      aheadMs = 0;
      await write(journal, entry('l1'));
      expect(isNow((await until(() => eventOf('l1'), 'the one after'))?.timeMs)).toBe(true);
      await until(() => isNow(records.findLast((r) => r.tick !== null)?.timeMs), 'a tick of the right time');
      expect(isNow(publisher.checkpoint().throughMs)).toBe(true);
      await publisher.stop(1_000);
      journal.close();
    });

    it('what was journalled under the wrong time is published as of now, whichever process does it', async () => {
      const journal = openTestJournal(clock.nowMs);
      aheadMs = 3 * HOUR_MS;
      await write(journal, entry('m0'));
      const first = await startTestPublisher(dataDir, bus, floor, { ...leaping, saveCheckpoint: () => {} });
      await until(() => first.checkpoint().exchanges.published === 1, 'the publication under the wrong time');
      await first.stop(1_000);
      saveCheckpoint(path.join(dataDir, 'checkpoint.json'), { ...first.checkpoint(), segment: 0, offset: 0 });
      aheadMs = 0;
      records.length = 0;
      const second = await startTestPublisher(dataDir, bus, floor, leaping);
      await until(() => eventOf('m0'), 'the publication by the next process');
      await until(() => records.some((r) => r.tick?.counters['published'] === 2), 'a tick of all');
      for (const { timeMs } of records) expect(isNow(timeMs)).toBe(true);
      expect(isNow(eventOf('m0')?.event?.finishedAtMs)).toBe(true);
      await second.stop(1_000);
      journal.close();
    });
  });

  it('ticks and other work get their turns while bodies are redacted that are dear, and those are counted', async () => {
    const journal = openTestJournal();
    const dear = Buffer.from(`{"input":"${'0301 12345; '.repeat(21_000)}"}`);
    const empty = Buffer.alloc(0);
    for (let i = 0; i < 3; i++) await write(journal, { ...entry(`q${i}`), bodies: [dear, dear, empty] } as Entry);
    const metrics = createMetrics('dear');
    let [turns, published] = [0, 0];
    const publisherEvents = {
      ...createPublisherEvents(silentLog, metrics),
      tooDear: (bodies: number) => {
        published += bodies;
        turnsAt.push(turns);
      },
    };
    const turnsAt: number[] = [];
    const count = setInterval(() => (turns += 1), 0);
    const publisher = await startTestPublisher(dataDir, bus, floor, { events: publisherEvents });
    await until(() => published === 6, 'all of them', 25_000);
    clearInterval(count);
    expect(new Set(turnsAt).size).toBe(3);
    expect(events().every(({ event }) => event?.requestBody.state === 'hashed')).toBe(true);
    await publisher.stop(1_000);
    journal.close();
  });

  it('says for how long nothing moved while Kafka takes nothing, and how far behind it is, without being woken', async () => {
    let nowMs = systemClock.nowMs();
    const clock: Clock = { ...systemClock, nowMs: () => nowMs };
    const journal = openTestJournal(clock.nowMs);
    const publisher = await startTestPublisher(dataDir, { ...bus, append: () => new Promise(() => {}) }, floor, {
      clock,
      settledMs: () => settledMs(floor, nowMs),
    });
    await write(journal, entry('n0'));
    await until(() => publisher.standing().backlogBytes > 0, 'the backlog');
    nowMs += 42_000;
    const { stalledMs, lagMs } = await until(() => publisher.standing(), 'its standing');
    expect([stalledMs, lagMs]).toEqual([42_000, expect.closeTo(42_000, -3)]);
    expect(createStalledSince(() => stalledMs, clock.nowMs)()).toBe(
      `${new Date(nowMs - 42_000).toISOString().slice(0, 19)}Z`,
    );
    // A gauge that a clock set back would show as 0 tells nothing.
    nowMs -= 3 * 3_600_000;
    publisher.standing();
    nowMs += 5_000;
    expect(publisher.standing().lagMs).toBeGreaterThanOrEqual(5_000);
    await publisher.stop(10);
    journal.close();
  });
});
