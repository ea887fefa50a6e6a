import { expect, it } from 'vitest';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { SCORES, SHADOWS } from '../../schemas/topics.ts';
import { sheetOf, shadowOf } from '../shadow-report/shadow.fixture.ts';
import { readWorstPair } from './read-worst-pair.ts';

const rollout = 'support-v2#2';
const wanted = { rollout, agent: 'support', metric: 'task_success' };

it('the worst pair is read from the topics, and of a rollout that has none nothing', async () => {
  const bus = createMemoryBus();
  for (let n = 0; n < 5; n += 1) {
    const stamp = { source: 'test', sequence: n + 1, timeMs: 1, tick: null };
    const shadow = shadowOf(n, { shadowId: `s-${n}`, differences: ['text'] }, { rollout, agent: 'support' });
    const sheet = sheetOf(n, 'task_success', -n / 5, {
      sheetId: `h-${n}`,
      shadowId: `s-${n}`,
      rollout,
      agent: 'support',
    });
    await bus.append(SHADOWS, 0, [{ ...stamp, event: shadow }]);
    await bus.append(SCORES, 0, [{ ...stamp, event: sheet }]);
  }
  expect((await readWorstPair(bus, wanted, 5_000))?.exchangeId).toBe('x-4');
  expect(await readWorstPair(bus, { ...wanted, rollout: 'support-v2#9' }, 5_000)).toBeUndefined();
});

it('a topic that takes too long is given up', async () => {
  const bus = { ...createMemoryBus(), readToEnd: () => new Promise<never>(() => {}) };
  await expect(readWorstPair(bus, wanted, 20)).rejects.toThrow('not done within 0.02 s');
});
