import { expect, it } from 'vitest';
import type { Cluster } from './kafka-client.ts';
import { offsetSince } from './kafka-reader.ts';

it('passes over nothing that is appended to an empty partition while its offset is asked for', async () => {
  let end = 0;
  const cluster = {
    addTargetTopic: async () => {},
    fetchTopicsOffset: async ([asked]: { fromTimestamp?: number }[]) => {
      const offset = asked?.fromTimestamp === undefined ? end : -1;
      end += 1;
      return [{ partitions: [{ offset: String(offset) }] }];
    },
  } as unknown as Cluster;
  expect(await offsetSince(cluster, 'coalmine.exchanges', 0, 1_000)).toBe(0);
});
