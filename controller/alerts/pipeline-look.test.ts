import { expect, it } from 'vitest';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { deadLetterTopic, GROUPS, SCORES } from '../../schemas/topics.ts';
import { lookAtPipeline } from './pipeline-look.ts';

it('a look finds dead letters of the last hour by group, and topics that have had records and have no new ones', async () => {
  const bus = createMemoryBus();
  bus.produceRaw(deadLetterTopic(GROUPS.judge), 0, Buffer.from('x'));
  bus.produceRaw(deadLetterTopic(GROUPS.judge), 1, Buffer.from('y'));
  bus.produceRaw(SCORES.name, 0, Buffer.from('z'));
  const nowMs = Date.now();
  const now = await lookAtPipeline(bus, nowMs);
  expect(now.deadLetters.filter(({ recent }) => recent > 0)).toEqual([{ group: GROUPS.judge, recent: 2 }]);
  expect(now.silent).toEqual([]);
  const later = await lookAtPipeline(bus, nowMs + 2 * 3_600_000);
  expect(later.deadLetters.filter(({ recent }) => recent > 0)).toEqual([]);
  expect(later.silent).toEqual([{ topic: SCORES.name, writers: ['judge'] }]);
  await bus.close(100);
});
