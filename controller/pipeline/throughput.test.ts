import { expect, it } from 'vitest';
import { lagOf } from './pipeline.fixture.ts';
import { followThroughput } from './follow-throughput.ts';
import { reachOf, throughputOf } from './throughput.ts';

const GROUP = { group: 'coalmine-judge', topic: 'coalmine.exchanges' };

it('tells records a second of all partitions together, written and read; nothing of what went back, or was not there', () => {
  const reaches = [
    reachOf(0, [lagOf(0, 10, 100), lagOf(1, 10, 100)]),
    reachOf(10_000, [lagOf(0, 20, 150), lagOf(1, 20, 150)]),
    reachOf(20_000, [lagOf(0, 0, 150), lagOf(1, 0, 160)]),
    reachOf(20_000, [lagOf(0, 0, 150), lagOf(1, 0, 160)]),
  ];
  expect(throughputOf(reaches)).toEqual({
    timesMs: [10_000, 20_000, 20_000],
    topics: [{ topic: GROUP.topic, perSecond: [10, 1, null] }],
    groups: [{ ...GROUP, perSecond: [2, null, null] }],
  });
  expect(throughputOf([])).toEqual({ timesMs: [], topics: [], groups: [] });
  const other = { ...lagOf(0, 5, 5), topic: 'coalmine.scores' };
  expect(throughputOf([reachOf(0, []), reachOf(1_000, [other])]).topics).toEqual([
    { topic: 'coalmine.scores', perSecond: [null] },
  ]);
});

it('looks again and again, half an hour back at most, and goes on behind a Kafka that was away', async () => {
  const clock = { timeMs: 0, nowMs: () => clock.timeMs, sleep: async () => void (clock.timeMs += 15_000) };
  let looks = 0;
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  const lags = async () => {
    looks += 1;
    if (looks === 3) throw new Error('away');
    if (looks > 130) resolve();
    return [lagOf(0, looks, looks * 15)];
  };
  const throughput = followThroughput({ lags }, clock);
  await isOver;
  const { timesMs, topics, groups } = throughput.told();
  await throughput.stop();
  expect(timesMs).toHaveLength(120);
  expect([topics[0]?.perSecond.at(-1), groups[0]?.perSecond.at(-1)]).toEqual([1, 1 / 15]);
});
