import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { drawRecorded, playRecorded, versionsOf } from './recorded.ts';
import { loadRecorded } from './recorded-data.ts';

const recorded = loadRecorded();
if (recorded === null) console.warn('the recorded answers are absent; their tests are skipped');

describe.skipIf(recorded === null)('recorded traffic', () => {
  it('joins every answer with its correctness, as the leaderboard counts it', () => {
    const right = Object.fromEntries(versionsOf(recorded!).map((version) => [version.model, version.right]));
    const { categories, categoryOf, answers } = recorded!;
    const share = (model: string, category: string): number => {
      const own = answers.get(model)!.filter((_, i) => categories[categoryOf[i]!] === category);
      return own.filter((answer) => answer.right).length / own.length;
    };
    expect(share('gpt-4o-2024-05-13', 'simple_python')).toBeCloseTo(0.8825, 10);
    expect(share('gpt-3.5-turbo-0125', 'irrelevance')).toBeLessThan(0.04);
    expect(right['gpt-4o-2024-08-06']! - right['gpt-4o-2024-05-13']!).toBeGreaterThan(0.02);
  });

  it('draws minutes with the recorded shares', () => {
    const random = mulberry32(1);
    const drawn = Array.from({ length: 60 }, () => drawRecorded(recorded!, 'gpt-4o-2024-05-13', 500, random));
    const failures = drawn.reduce((sum, { failures }) => sum + failures, 0);
    const stable = versionsOf(recorded!).find(({ model }) => model === 'gpt-4o-2024-05-13')!;
    expect(Math.abs(failures / 30_000 - (1 - stable.right))).toBeLessThan(0.01);
    expect(drawn.every(({ slices }) => slices.reduce((sum, { n }) => sum + n, 0) === 500)).toBe(true);
  });

  it('is played by ours and by the peers, the same for the same seed', () => {
    const plan = { rollouts: 1, seed: 1, rate: 300 };
    const results = playRecorded(recorded!, plan);
    expect(results).toHaveLength(10);
    expect(playRecorded(recorded!, plan)).toEqual(results);
  });
});

describe('absent data', () => {
  it('are no error but nothing to play', () => {
    expect(loadRecorded('no-such-folder')).toBeNull();
  });
});
