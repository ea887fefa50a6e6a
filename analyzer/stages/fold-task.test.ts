import { expect, it } from 'vitest';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import type { Snapshot } from '../../schemas/snapshot.ts';
import { createAnalyzerEvents } from '../events.ts';
import { remember } from '../folds/id-memory.ts';
import { SCORE_INPUT } from '../rows/inputs.ts';
import { OWNED_PARTITION } from './owned-partition.fixture.ts';
import { createFoldTask } from './fold-task.ts';
import { partitionStage } from './partition-stage.ts';
import type { Snapshots } from './restore.ts';

it('saves every piece once and the state last, also when an append between them fails', async () => {
  const bus = createMemoryBus();
  const saved: Snapshot[] = [];
  let appends = 0;
  const snapshots: Snapshots = {
    save: async (_owner, records) => {
      appends += 1;
      if (appends === 2) throw new Error('Kafka is away');
      saved.push(...records);
    },
    find: async () => ({ newest: [], readPieces: async () => {} }),
  };
  const events = createAnalyzerEvents(silentLog, createMetrics('analyzer'), systemClock);
  const stage = partitionStage(bus, SCORE_INPUT, { windowMs: 1_000, graceMs: 0 });
  const live = (await stage.begin(0)).fresh();
  const { ids } = live;
  const { signal } = new AbortController();
  const deps = { bus, clock: systemClock, events, snapshots };
  const task = createFoldTask(deps, stage, Number.MAX_SAFE_INTEGER, OWNED_PARTITION, live, signal);
  const pieceIds = ids!.bounds.pieceIds;
  for (let i = 1; i <= 250 * pieceIds; i++) remember(ids!, i.toString(16).padStart(16, '0').padEnd(32, '0'));
  const value = { source: 'judge', sequence: 0, timeMs: 1, event: null, tick: { counters: {}, arms: [], share: null } };
  await task.take([{ offset: 0, timestampMs: 0, key: '', value }]);
  await task.finish();
  expect(saved.every(({ piece }) => piece !== null)).toBe(true);
  expect(saved.length).toBeLessThan(250);
  await task.finish();
  const numbers = saved.map(({ piece }) => piece?.number);
  expect(numbers).toEqual([...Array.from({ length: 250 }, (_, number) => number), undefined]);
  expect(ids!.unsaved).toEqual([]);
  await bus.close(1_000);
});
