import type { DeadLetterBox, StoredLetter } from '../../platform/kafka/dead-letter-box.ts';
import type { GroupOffsets, PartitionLag } from '../../platform/kafka/group-offsets.ts';
import { GROUPS } from '../../schemas/topics.ts';
import { createPipeline } from './pipeline.ts';
import { throughputOf } from './throughput.ts';

export const lagOf = (partition: number, committed: number, end = 100): PartitionLag => ({
  group: GROUPS.judge,
  topic: 'coalmine.exchanges',
  partition,
  first: 0,
  end,
  committed,
});

/** A Kafka without Kafka: what it would tell; `nowMs` goes on by hand. */
export const world = (given: { letters?: StoredLetter[]; members?: number } = {}) => {
  const state = {
    nowMs: 1_000_000,
    lags: [lagOf(0, 90), lagOf(1, 50)],
    committed: [] as unknown[],
    isAway: false,
    replayed: [] as number[],
  };
  const offsets: GroupOffsets = {
    lags: async () => {
      if (state.isAway) throw new Error('nobody answers');
      return state.lags;
    },
    states: async () => [{ group: GROUPS.judge, state: 'Stable', members: given.members ?? 0 }],
    waitingSinceMs: async ({ partition }) => state.nowMs - 5_000 * (partition + 1),
    offsetSince: async () => 42,
    commit: async (group, places) => void state.committed.push(group, ...places),
    close: async () => {},
  };
  const letters = given.letters ?? [];
  const box: DeadLetterBox = {
    read: async (group, onLetter) => {
      for (const letter of letters) if (letter.group === group) await onLetter(letter);
    },
    waiting: async (group) => letters.filter((one) => one.group === group && !one.isReplayed).length,
    decode: async ({ offset }) =>
      offset % 2 === 0 ? { value: { text: 'now\u0000 good', big: 2n ** 60n } } : { reason: 'still garbage' },
    replay: async ({ offset }) => void state.replayed.push(offset),
    close: async () => {},
  };
  const clock = { nowMs: () => state.nowMs, sleep: async () => {} };
  return {
    state,
    pipeline: createPipeline({
      offsets,
      box,
      clock,
      throughput: () => throughputOf([]),
      sentenceOf: (error) => `Kafka: ${String(error)}`,
    }),
  };
};

export const letterOf = (offset: number, more: Partial<StoredLetter> = {}): StoredLetter => ({
  group: GROUPS.judge,
  partition: 0,
  offset,
  reason: 'no\u001b[2J good',
  key: Buffer.from('k'),
  timestampMs: 1,
  isReplayed: false,
  origin: { topic: 'coalmine.exchanges', partition: 1, offset: 7, timestampMs: 1 },
  value: Buffer.from([0xff, 0xfe, 0x00]),
  ...more,
});
