import { expect, it } from 'vitest';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { deadLetterTopic, GROUPS, SCORES } from '../../schemas/topics.ts';
import { world } from '../pipeline/pipeline.fixture.ts';
import { noPipeline } from '../test/no-operating.fixture.ts';
import { lookAtPipeline } from './pipeline-look.ts';

it('a look finds dead letters of the last hour by group, topics that have had records and have no new ones, and how long the judge’s records wait', async () => {
  const bus = createMemoryBus();
  bus.produceRaw(deadLetterTopic(GROUPS.judge), 0, Buffer.from('x'));
  bus.produceRaw(deadLetterTopic(GROUPS.judge), 1, Buffer.from('y'));
  bus.produceRaw(SCORES.name, 0, Buffer.from('z'));
  const nowMs = Date.now();
  const { pipeline } = world();
  const now = await lookAtPipeline(bus, pipeline, nowMs);
  expect(now.deadLetters.filter(({ recent }) => recent > 0)).toEqual([{ group: GROUPS.judge, recent: 2 }]);
  expect(now.silent).toEqual([]);
  expect(now.judgeWaitedMs).toBe(10_000);
  const later = await lookAtPipeline(bus, noPipeline, nowMs + 2 * 3_600_000);
  expect(later.deadLetters.filter(({ recent }) => recent > 0)).toEqual([]);
  expect(later.silent).toEqual([{ topic: SCORES.name, writers: ['judge'] }]);
  expect(later.judgeWaitedMs).toBeNull();
  await bus.close(100);
});
