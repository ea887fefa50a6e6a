import { expect, it } from 'vitest';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { GROUPS, SCORES } from '../../schemas/topics.ts';
import { letterOf, world } from '../pipeline/pipeline.fixture.ts';
import { noPipeline } from '../test/no-operating.fixture.ts';
import { lookAtPipeline } from './pipeline-look.ts';

it('a look finds dead letters that were not sent back, by group, topics that have no new records, and how long the judge’s wait', async () => {
  const bus = createMemoryBus();
  bus.produceRaw(SCORES.name, 0, Buffer.from('z'));
  const nowMs = Date.now();
  const { pipeline } = world({ letters: [letterOf(1), letterOf(2), letterOf(3, { isReplayed: true })] });
  const now = await lookAtPipeline(bus, pipeline, nowMs);
  expect(now.deadLetters!.filter(({ waiting }) => waiting > 0)).toEqual([{ group: GROUPS.judge, waiting: 2 }]);
  expect(now.silent).toEqual([]);
  expect(now.judgeWaitedMs).toBe(10_000);
  const later = await lookAtPipeline(bus, noPipeline, nowMs + 2 * 3_600_000);
  expect(later).toEqual({
    deadLetters: null,
    silent: [{ topic: SCORES.name, writers: ['judge'] }],
    judgeWaitedMs: null,
  });
  await bus.close(100);
});
