import { expect, it } from 'vitest';
import type { Incoming } from '../../platform/kafka/bus.ts';
import { OWNED_PARTITION } from './owned-partition.fixture.ts';
import { createPartitionWorker } from './partition-worker.ts';

const batch = (offset: number): Incoming<string>[] => [{ offset, timestampMs: 0, key: '', value: '' }];

it.each([0, 1, 2, 3, 4, 5, 6])('takes a batch that comes %d turns after the last one was done', async (turns) => {
  const taken: number[] = [];
  let done = (): void => {};
  const worker = createPartitionWorker<string>({
    partition: OWNED_PARTITION,
    task: {
      take: (records) => {
        taken.push(...records.map(({ offset }) => offset));
        return new Promise((resolve) => (done = resolve));
      },
      finish: async () => {},
    },
    abort: new AbortController(),
    onFailure: (error) => {
      throw error;
    },
  });
  worker.add(batch(0));
  done();
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  worker.add(batch(1));
  await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toEqual([0, 1]);
});
