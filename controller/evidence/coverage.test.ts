import { describe, expect, it } from 'vitest';
import { windowRow } from '../../schemas/window.fixture.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { rolloutDocument } from '../test/play.fixture.ts';
import { countRow, coverages, coverageShortfall, noCounts, type StageCounts } from './coverage.ts';

const specOf = (metrics: string[]) => rolloutDocument({ metrics: metrics.map((name) => ({ name })) }).spec;
const row = (arm: string, metric: string, count: number, errors: number): WindowRow =>
  windowRow(metric, arm, { count, sumMicro: count * MICRO, errors });
/** What each arm's windows say of its costs: known, and missing. */
const costs = (candidate: [number, number], stable: [number, number]): StageCounts =>
  [row('candidate', 'cost', ...candidate), row('stable', 'cost', ...stable)].reduce(countRow, noCounts());

describe('the coverage of costs', () => {
  const told = (counts: StageCounts, metrics: string[]) => coverages(counts, specOf(metrics), new Set(['cost']), 1_000);

  it('is the share of the answers that told what they used, where a rollout asks for cost', () => {
    const counts = costs([70, 30], [100, 0]);
    expect(told(counts, ['error_rate', 'cost'])).toEqual([{ of: 'cost', candidate: 0.7, stable: 1 }]);
    expect(told(counts, ['latency', 'error_rate'])).toEqual([]);
    expect(told(noCounts(), ['cost'])).toEqual([]);
  });

  it('holds a rollout that would compare the costs of some answers only, and says why', () => {
    const shortfall = (counts: StageCounts) =>
      coverageShortfall(told(counts, ['cost']), 0.95, { candidate: 'v2', stable: 'v1' });
    expect(shortfall(costs([70, 30], [70, 30]))).toContain('stream_options.include_usage');
    expect(shortfall(costs([98, 2], [100, 0]))).toMatch(
      /costs cover 98 % of v2's requests and 100 % of v1's; that is uneven by more than half a point$/,
    );
    expect(shortfall(costs([100, 0], [100, 0]))).toBeNull();
  });
});
