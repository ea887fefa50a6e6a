import { describe, expect, it } from 'vitest';
import { ExchangeRecord } from '../../schemas/exchange.ts';
import { type Backlog, createBacklogStream } from './backlog.ts';
import { supportCalls } from './support-calls.ts';

const ROUTES = [
  { name: 'support-1', rollout: 'support-1-v2#2', routingSequence: 2 },
  { name: 'support-2', rollout: 'support-2-v2#2', routingSequence: 2 },
];
const PARTITIONS = 4;
const START_MS = 1_700_000_000_000;

const planOf = (seed: number, rest: { count: number; first: number; startMs: number }) => ({
  calls: supportCalls(seed),
  routes: ROUTES,
  labels: 3,
  perSecond: 100,
  windowMs: 1_000,
  ...rest,
});

const twoBacklogs = (seed: number): [Backlog, Backlog] => {
  const next = createBacklogStream('bench@1', PARTITIONS);
  const first = next(planOf(seed, { count: 250, first: 0, startMs: START_MS }));
  return [first, next(planOf(seed, { count: 150, first: 250, startMs: first.endMs + 1 }))];
};

const eventsOf = (backlogs: readonly Backlog[]) =>
  backlogs.flatMap(({ byPartition }) => byPartition.flat()).flatMap(({ event }) => event ?? []);

describe('a backlog', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(twoBacklogs(1)).toEqual(twoBacklogs(1));
    expect(twoBacklogs(2)[0].byPartition).not.toEqual(twoBacklogs(1)[0].byPartition);
  });

  it('has only records that fit the contract of the topic, each exchange once', () => {
    const backlogs = twoBacklogs(1);
    for (const record of backlogs.flatMap(({ byPartition }) => byPartition.flat()))
      expect(ExchangeRecord.parse(record)).toEqual(record);
    expect(new Set(eventsOf(backlogs).map(({ exchangeId }) => exchangeId)).size).toBe(400);
  });

  it('numbers the events of each partition without a gap, over all its backlogs', () => {
    const backlogs = twoBacklogs(1);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const records = backlogs.flatMap(({ byPartition }) => byPartition[partition]!);
      const numbers = records.filter(({ event }) => event !== null).map(({ sequence }) => sequence);
      expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    }
  });

  it('has a tick on every partition each second, behind all that it speaks for', () => {
    for (const { byPartition } of twoBacklogs(1))
      for (const records of byPartition) {
        const ticks = records.filter(({ tick }) => tick !== null);
        expect(ticks.length).toBeGreaterThanOrEqual(4);
        ticks.slice(1).forEach(({ timeMs }, i) => expect(timeMs - ticks[i]!.timeMs).toBe(1_000));
        let saidMs = 0;
        for (const { timeMs, tick } of records) {
          expect(timeMs).toBeGreaterThan(saidMs);
          if (tick !== null) saidMs = timeMs;
        }
      }
  });

  it('counts in its ticks what each arm was given', () => {
    const backlogs = twoBacklogs(1);
    const arms = backlogs[1].byPartition[0]!.at(-1)!.tick!.arms;
    for (const { agent, arm, accepted } of arms)
      expect(accepted).toBe(
        eventsOf(backlogs).filter((event) => event.agent === agent && event.assignedArm === arm).length,
      );
    expect(arms.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(400);
  });

  it('is traffic as the story has it: both arms alike, a quarter streamed, sliced, some failed', () => {
    const events = eventsOf(twoBacklogs(1));
    const share = (is: (event: (typeof events)[number]) => boolean): number => events.filter(is).length / events.length;
    expect(share(({ assignedArm }) => assignedArm === 'candidate')).toBeCloseTo(0.5, 0);
    expect(share(({ stream }) => stream)).toBeGreaterThan(0.15);
    expect(share(({ outcome }) => outcome !== 'ok')).toBeLessThan(0.1);
    expect(share(({ slices }) => Object.keys(slices).length === 3)).toBe(1);
    const fallbacks = events.filter(({ assignedArm, servedArm }) => assignedArm !== servedArm);
    for (const { assignment, outcome } of fallbacks)
      expect([assignment, outcome]).toEqual(['fallback', 'upstream_error']);
  });
});
