import { expect, it } from 'vitest';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { SCORES, SHADOWS } from '../../schemas/topics.ts';
import { createAggregate } from './aggregate.ts';
import { readReport } from './read.ts';
import { sheetOf, shadowOf } from './shadow.fixture.ts';

it('the report is read from all partitions of both topics, with its progress told, and passes over ticks', async () => {
  const bus = createMemoryBus();
  const stamp = { source: 's', timeMs: 1, tick: null };
  for (let n = 0; n < 20; n += 1) {
    const partition = bus.partitionFor(`x-${n}`, SHADOWS.partitions);
    await bus.append(SHADOWS, partition, [
      { ...stamp, sequence: n + 1, event: shadowOf(n, { differences: ['content'] }) },
    ]);
    await bus.append(SCORES, partition, [{ ...stamp, sequence: n + 1, event: sheetOf(n, 'empathy', -n / 20) }]);
  }
  await bus.append(SHADOWS, 0, [
    { ...stamp, sequence: 20, event: null, tick: { counters: {}, arms: [], share: null } },
  ]);
  const lines: string[] = [];
  const aggregate = createAggregate({ rollout: 'support-v2', agent: null, limit: 2 });
  const report = await readReport(bus, aggregate, (line) => lines.push(line));
  expect(report).toMatchObject({ shadow: { pairs: 20 }, exchanges: [{ exchangeId: 'x-19' }, { exchangeId: 'x-18' }] });
  expect(lines[0]).toBe('coalmine.scores: partition 1 of 4');
  expect(lines).toContain('coalmine.shadows: partition 4 of 4');
  await bus.close(0);
});
