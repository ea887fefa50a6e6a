import { expect, it } from 'vitest';
import { REGISTRY } from '../../schemas/topics.ts';
import { busContract } from './bus.contract.ts';
import { subscription } from './bus.ts';
import { createMemoryBus } from './memory-bus.ts';

busContract('in memory', async () => {
  const bus = createMemoryBus();
  return {
    open: async () => bus,
    makeTopic: async () => {},
    produceRaw: async (topicName, partition, value) => bus.produceRaw(topicName, partition, value),
    readRaw: async (topicName, partition) => [...bus.raw(topicName, partition)],
  };
});

it('delivers in batches of seeded sizes, the same for the same seed', async () => {
  const sizesOf = async (seed: number): Promise<number[]> => {
    const bus = createMemoryBus({ seed });
    const values = Array.from({ length: 100 }, (_, i) => ({
      kind: 'agent',
      name: `n${i}`,
      document: '',
      by: '',
      timeMs: i,
    }));
    await bus.append(REGISTRY, 0, values);
    const sizes: number[] = [];
    await new Promise<void>((resolve, reject) => {
      const onRecords = async (_: unknown, records: readonly unknown[]): Promise<void> => {
        sizes.push(records.length);
        if (sizes.reduce((sum, size) => sum + size, 0) === 100) resolve();
      };
      bus.consume('coalmine-seeded', [subscription(REGISTRY, { onRecords })]).catch(reject);
    });
    await bus.close(0);
    return sizes;
  };
  expect(await sizesOf(1)).toEqual(await sizesOf(1));
  expect(await sizesOf(1)).not.toEqual(await sizesOf(2));
  expect(Math.max(...(await sizesOf(1)))).toBeGreaterThan(1);
});
