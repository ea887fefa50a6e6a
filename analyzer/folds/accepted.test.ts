import { describe, expect, it } from 'vitest';
import type { PartialRecord } from '../../schemas/window.ts';
import { EXCHANGE_INPUT } from '../rows/inputs.ts';
import { EXCHANGE_PARAMS, foldAll, paramsOf, rowsOf, SCORE_PARAMS, tick } from './partition-fold.fixture.ts';
import type { Output } from './partition-fold.ts';
import { START_MS } from './sample-log.fixture.ts';

describe('accepted', () => {
  const accepted = (outputs: readonly Output<PartialRecord>[]) =>
    rowsOf(outputs)
      .filter(({ metric }) => metric === 'accepted')
      .map(({ startMs, sumMicro }) => [startMs - START_MS, sumMicro / 1e6]);

  it('is what the counters gained, in the window of the moment before the tick', () => {
    const log = [
      tick('a', 0, 9_000, 5),
      tick('a', 0, 10_000, 7),
      tick('a', 0, 10_000, 7),
      tick('a', 0, 11_000, 8),
      tick('a', 0, 20_000, 9),
    ];
    expect(accepted(foldAll(EXCHANGE_PARAMS, log).outputs)).toEqual([
      [0, 7],
      [10_000, 2],
    ]);
  });

  it('of a window already closed goes to the first open one', () => {
    const log = [tick('a', 0, 30_000, 1), tick('b', 0, 5_000, 2), tick('a', 0, 40_000, 1), tick('b', 0, 40_000, 2)];
    expect(accepted(foldAll(EXCHANGE_PARAMS, log).outputs)).toEqual([
      [20_000, 1],
      [30_000, 2],
    ]);
  });

  it('counts an arm from 0 that its source left out for a while, and repeated ticks never twice', () => {
    const withArms = (atMs: number, ...arms: [name: string, accepted: number][]) => {
      const record = tick('a', 0, atMs, 1);
      const [like] = record.tick!.arms;
      record.tick!.arms = arms.map(([arm, accepted]) => ({ ...like!, arm, accepted }));
      return record;
    };
    const ticks = [
      withArms(1_000, ['x', 5]),
      withArms(2_000, ['x', 5], ['y', 3]),
      withArms(3_000, ['y', 4]),
      withArms(4_000, ['x', 2], ['y', 4]),
    ];
    const { outputs, state } = foldAll(EXCHANGE_PARAMS, [...ticks, ...ticks, tick('a', 0, 10_000)]);
    const sums = rowsOf(outputs).map(({ arm, sumMicro }) => `${arm} ${sumMicro / 1e6}`);
    expect(sums).toEqual(['x 7', 'y 4']);
    expect(state.sources.byName.get('a')?.arms.size).toBe(0);
  });

  it('is made by partition 0 of the exchanges alone', () => {
    const log = [tick('a', 0, 9_000, 5), tick('a', 0, 10_000, 7)];
    expect(accepted(foldAll(paramsOf(EXCHANGE_INPUT, { partition: 1 }), log).outputs)).toEqual([]);
    expect(accepted(foldAll(SCORE_PARAMS, log).outputs)).toEqual([]);
  });
});
