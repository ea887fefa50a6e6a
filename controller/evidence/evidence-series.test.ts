import { describe, expect, it } from 'vitest';
import { linesOf } from './evidence-lines.ts';
import { addLook, type EvidenceSeries, type Look, MAX_LOOKS, NO_LOOKS } from './evidence-series.ts';

const figures = (metric: string, more: object = {}) => ({
  metric,
  slice: '_all',
  candidateValue: 1,
  stableValue: 2,
  candidateCount: 3,
  stableCount: 4,
  logE: 0.5,
  difference: -1,
  lower: -2,
  upper: 0,
  logProof: null,
  pairsWorse: null,
  pairsBetter: null,
  arm: null,
  tolerated: null,
  phase: 'canary' as const,
  ...more,
});
const look = (timeMs: number, metrics: string[] = []): Look => ({
  timeMs,
  logE: timeMs,
  logThreshold: 3,
  evidence: metrics.map((metric) => figures(metric)),
});

describe('the series of a rollout’s evidence', () => {
  const seriesTo = (windows: number, asked: { looks: number }): EvidenceSeries => {
    let series = NO_LOOKS;
    // Two topics close each window.
    for (let i = 1; i <= windows; i += 1)
      for (let topic = 0; topic < 2; topic += 1)
        series = addLook(series, { timeMs: i * 60_000, windowMs: 60_000 }, () => {
          asked.looks += 1;
          return look(i);
        });
    return series;
  };

  it('has at most 400 looks, evenly apart, from the first on, and is asked for no more than it keeps for a while', () => {
    const asked = { looks: 0 };
    const { looks, everyMs } = seriesTo(20_000, asked);
    expect(looks.length).toBeLessThanOrEqual(MAX_LOOKS);
    expect(looks.length).toBeGreaterThan(MAX_LOOKS / 2 - 1);
    expect(looks[0]?.timeMs).toBe(60_000);
    expect(looks.at(-1)?.timeMs).toBeGreaterThan(20_000 * 60_000 - everyMs);
    expect(asked.looks).toBeLessThan(2_000);
  });

  it('is the same for the same windows, however far it was when it was looked at', () => {
    expect(seriesTo(3_000, { looks: 0 })).toEqual(seriesTo(3_000, { looks: 0 }));
  });

  it('becomes lines by metric, slice, arm and phase, in order of time, the last of one time', () => {
    const shadow: Look = {
      ...look(1),
      evidence: [figures('empathy', { phase: 'shadow', pairsWorse: 1, pairsBetter: 0 })],
    };
    const again: Look = { ...look(3, ['latency']), logE: 9 };
    const { lines, whole, logThreshold } = linesOf([look(3, ['latency', 'empathy']), shadow, again], () => true);
    expect(lines.map(({ metric, phase, points }) => [metric, phase, points.map(({ timeMs }) => timeMs)])).toEqual([
      ['empathy', 'shadow', [1]],
      ['latency', 'canary', [3]],
    ]);
    expect([whole, logThreshold]).toEqual([
      [
        { timeMs: 1, logE: 1 },
        { timeMs: 3, logE: 9 },
      ],
      3,
    ]);
    const apart = [
      figures('goal', { arm: 'kind' }),
      figures('goal', { arm: 'brief' }),
      figures('goal', { phase: 'threshold' }),
    ];
    expect(linesOf([{ ...look(1), evidence: apart }], () => true).lines).toHaveLength(3);
    expect(linesOf([look(1, ['a', 'b'])], ({ metric }) => metric === 'b').lines).toMatchObject([{ metric: 'b' }]);
  });
});
