import { describe, expect, it } from 'vitest';
import type { WindowRow } from '../../schemas/window.ts';
import { rateRow, rowOf } from '../test/experiment.fixture.ts';
import { allowedLagMs, type JudgePace, PACE_WINDOWS, paceOf, stepPace } from './judge-pace.ts';

const MINUTE = 60_000;
const STAGES = new Map([
  [2, 0],
  [3, 1],
]);
const lag = (seconds: number, startMs: number): WindowRow => ({
  ...rowOf('stable', 'judge_lag', startMs, [seconds]),
  maxMicro: seconds * 1e6,
});
const judged = (arm: string, startMs: number, n: number, meant: number): WindowRow =>
  rateRow(arm, 'judged', startMs, n, meant);
const paced = (...windows: WindowRow[][]): JudgePace =>
  windows.reduce<JudgePace>((pace, rows) => stepPace(pace, rows, STAGES), []);

describe('how late a score may be', () => {
  it('is two windows, and five seconds at least, while the judge says nothing else', () => {
    expect(allowedLagMs([], MINUTE)).toBe(2 * MINUTE);
    expect(allowedLagMs([], 1_000)).toBe(5_000);
    expect(allowedLagMs(paced([lag(1, 0)]), 1_000)).toBe(5_000);
  });

  it('is as late as the judge was in its last three windows, and never beyond a minute or ten windows', () => {
    const pace = paced([lag(30, 0)], [lag(12, 1_000)], [lag(9, 2_000)], [lag(8, 3_000)]);
    expect(allowedLagMs(pace.slice(0, 3), 1_000)).toBe(30_000);
    expect(allowedLagMs(pace, 1_000)).toBe(12_000);
    expect(allowedLagMs(paced([lag(3_600, 0)]), 1_000)).toBe(60_000);
    expect(allowedLagMs(paced([lag(36_000, 0)]), MINUTE)).toBe(10 * MINUTE);
  });
});

describe('what the judge spoke of lately', () => {
  it('is summed over a stage’s last windows, the candidate’s and all', () => {
    const ofLater = { ...judged('candidate', 1_000, 7, 7), routingSequence: 3 };
    const pace = paced(
      [judged('candidate', 0, 10, 4), judged('stable', 0, 90, 40)],
      [judged('candidate', 1_000, 10, 2), ofLater],
    );
    expect(paceOf(pace, 0, 'rules', 1_000)).toEqual({
      all: { count: 110, meant: 46 },
      candidate: { count: 20, meant: 6 },
      lagMs: 0,
      spanMs: 2_000,
    });
    expect(paceOf(pace, 1, 'rules', 1_000).candidate).toEqual({ count: 7, meant: 7 });
  });

  it('counts shadows as the candidate’s, and noise as nobody’s', () => {
    const kinds = (['shadow', 'noise'] as const).map((kind) => ({ ...judged('stable', 0, 5, 1), kind }));
    expect(paceOf(paced(kinds), 0, 'rules', 1_000)).toMatchObject({ candidate: { count: 5 }, all: { count: 10 } });
  });

  it('forgets what is long past, other slices, metrics and rollouts', () => {
    const windows = Array.from({ length: PACE_WINDOWS + 5 }, (_, i) => [judged('candidate', i * 1_000, 1, 1)]);
    expect(paceOf(paced(...windows), 0, 'rules', 1_000)).toMatchObject({ candidate: { count: PACE_WINDOWS } });
    const row = judged('candidate', 0, 3, 3);
    const others = [
      { ...row, slice: 'left_out=behind' },
      { ...row, metric: 'task_success' },
      { ...row, routingSequence: 99 },
    ];
    expect(paced(others)).toEqual([]);
  });
});
