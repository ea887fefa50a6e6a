import { expect, it } from 'vitest';
import { goalOf, logBeats, newGoal, stepGoal } from './experiment-goal.ts';
import { experimentSpec, rowOf } from '../test/experiment.fixture.ts';
import { binomial, mulberry32 } from '../rules/formulas/sampling.fixture.ts';

it('a day of conversions of the same few users, each always in one arm, names a false winner at most as often as α', () => {
  const spec = experimentSpec({ goal: { metric: 'event_sale', by: 'count' } }, ['stable', 'short']);
  const goal = goalOf(spec)!;
  const experiments = 80;
  let winners = 0;
  for (let seed = 1; seed <= experiments; seed++) {
    const random = mulberry32(seed);
    const users = Array.from({ length: 80 }, () => ({
      arm: random() < 0.5 ? 'stable' : 'short',
      bucket: Math.floor(random() * 20),
    }));
    let state = newGoal(goal);
    for (let minute = 0, isOver = false; minute < 1_440 && !isOver; minute++) {
      const sales = Array.from({ length: binomial(random, 600, 0.012) }, () => users[Math.floor(random() * 80)]!);
      const rows = goal.arms.map((name) => {
        const own = sales.filter(({ arm }) => arm === name);
        const values = own.map(() => 1);
        return rowOf(name, 'event_sale', minute * 60_000, values, { bucketOf: (i) => own[i]!.bucket });
      });
      state = stepGoal(state, goal, rows);
      isOver = Math.max(logBeats(state, goal, 0, 1), logBeats(state, goal, 1, 0)) >= Math.log(2 / spec.alpha);
      if (isOver) winners++;
    }
  }
  expect(winners).toBeLessThanOrEqual(0.05 * experiments);
});
