import { describe, expect, it, vi } from 'vitest';
import { createMemoryBus, type MemoryBus } from '../../platform/kafka/memory-bus.ts';
import type { Clock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { body, exchangeOf } from '../../schemas/exchange.fixture.ts';
import { sheetWith } from '../../schemas/score.fixture.ts';
import { EXCHANGES, SCORES, SHADOWS } from '../../schemas/topics.ts';
import { followTopics, OtherLogError } from './following.ts';
import { createStoreEvents } from './store-events.ts';
import { asked, NOW_MS, storesForEach } from './store.harness.ts';

const { makeFile, openAll } = storesForEach();
/** Sleeps are short, and end as soon as they should. */
const clock: Clock = { nowMs: () => NOW_MS, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal) };
const events = createStoreEvents(silentLog, createMetrics('store_test'));
const bounds = { maxAgeMs: 60_000, maxBytes: 1e9 };

const write = async (bus: MemoryBus, id: string, timeMs = NOW_MS): Promise<void> => {
  const partition = bus.partitionFor(id, await bus.partitionCount(EXCHANGES));
  const event = { ...exchangeOf({ exchangeId: id }), finishedAtMs: timeMs };
  await bus.append(EXCHANGES, partition, [{ source: 's', sequence: 1, timeMs, event, tick: null }]);
};

const follow = (bus: MemoryBus, file: string) => {
  const opened = openAll(file);
  const errors: unknown[] = [];
  const following = followTopics(
    { bus, clock, writer: opened.writer, events, onError: (error) => errors.push(error) },
    bounds,
  );
  const ids = (): string[] =>
    opened.reader
      .exchanges(asked({ limit: 500 }))
      .exchanges.map(({ exchangeId }) => exchangeId)
      .toSorted();
  return { ...opened, following, errors, ids };
};

describe('the store', () => {
  it('reads on where it was, and passes over what is too old', async () => {
    const bus = createMemoryBus();
    const file = makeFile();
    await write(bus, 'old', NOW_MS - 61_000);
    await write(bus, 'a');
    const first = follow(bus, file);
    await vi.waitFor(() => expect(first.ids()).toEqual(['a']));
    await first.following.stop();
    await write(bus, 'b');
    const second = follow(bus, file);
    await vi.waitFor(() => expect(second.ids()).toEqual(['a', 'b']));
    await second.following.stop();
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it('folds shadows and sheets that come before their exchange, each by its own contract', async () => {
    const bus = createMemoryBus();
    const { following, reader } = follow(bus, makeFile());
    const exchange = exchangeOf({
      exchangeId: 'x',
      requestBody: body('{"messages":[{"role":"user","content":"Where?"}]}'),
    });
    const shadow = {
      shadowId: 's',
      kind: 'shadow' as const,
      version: 'v2',
      arm: 'candidate',
      status: 200,
      outcome: 'ok' as const,
      latencyMs: 1,
      firstByteMs: null,
      responseBody: body('{}'),
      promptTokens: null,
      completionTokens: null,
      costUsd: null,
      rounds: 1,
      differences: [],
      similarity: null,
      replayedAtMs: NOW_MS,
      exchange,
    };
    const stamp = { source: 's', sequence: 1, timeMs: NOW_MS, tick: null };
    await bus.append(SHADOWS, 0, [{ ...stamp, event: shadow }]);
    await bus.append(SCORES, 0, [
      {
        ...stamp,
        event: {
          ...sheetWith({ exchangeId: 'x', shadowId: 's', kind: 'shadow', delta: -1, value: 0, liveValue: 1 }),
          scoredAtMs: NOW_MS,
        },
      },
    ]);
    const page = () => reader.shadows(asked({ order: 'worst', kind: 'shadow' })).shadows;
    await vi.waitFor(() => expect(page()).toMatchObject([{ shadowId: 's', exchangeId: 'x', request: null }]));
    await bus.append(EXCHANGES, 0, [{ ...stamp, event: { ...exchange, finishedAtMs: NOW_MS } }]);
    await vi.waitFor(() => expect(page()).toMatchObject([{ request: { text: 'Where?' }, worst: { gain: -1 } }]));
    await following.stop();
  });

  it('tells when its file was folded from another log: one that is shorter, or whose record is another', async () => {
    const file = makeFile();
    const bus = createMemoryBus();
    for (const id of ['a', 'b', 'c', 'd']) await write(bus, id);
    const first = follow(bus, file);
    await vi.waitFor(() => expect(first.ids()).toHaveLength(4));
    await first.following.stop();
    const other = createMemoryBus();
    for (const id of ['a', 'b', 'c', 'd', 'e']) await write(other, id, NOW_MS + 1);
    for (const wrong of [createMemoryBus(), other]) {
      const { following, errors } = follow(wrong, file);
      await vi.waitFor(() => expect(errors[0]).toBeInstanceOf(OtherLogError));
      await following.stop();
    }
  });

  it('goes on after a fold that failed, from the same records', async () => {
    const bus = createMemoryBus();
    await write(bus, 'a');
    const { db, writer, reader } = openAll(makeFile());
    const errors: unknown[] = [];
    let fails = 2;
    const failing = {
      ...writer,
      take: (...given: Parameters<typeof writer.take>) => {
        fails -= 1;
        if (fails >= 0) throw new Error('the disk is full');
        return writer.take(...given);
      },
    } as typeof writer;
    const following = followTopics(
      { bus, clock, writer: failing, events, onError: (error) => errors.push(error) },
      bounds,
    );
    await vi.waitFor(() => expect(reader.exchanges(asked({})).exchanges).toHaveLength(1));
    expect(errors).toHaveLength(2);
    await following.stop();
    expect(db.isOpen).toBe(true);
  });
});
