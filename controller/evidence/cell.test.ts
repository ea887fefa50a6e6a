import { describe, expect, it } from 'vitest';
import { MetricSpec } from '../../schemas/metric-spec.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { binIndex } from '../../schemas/sketch.ts';
import { windowRow } from '../../schemas/window.fixture.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { type Cell, cellHarm, cellInterval, cellLogE, cellLogProof, newCell, stepCell } from './cell.ts';
import type { MetricPlan } from '../rollout/metric-plan.ts';
import { binomial, mulberry32 } from '../rules/formulas/sampling.fixture.ts';

const planOf = (name: string, spec: Partial<MetricSpec> = {}): MetricPlan => ({
  spec: MetricSpec.parse({ name, ...spec }),
  metric: metricOrRubric(name),
  share: 1,
  named: true,
});

const valuesRow = (name: string, arm: string, values: readonly number[], withItems = true): WindowRow => {
  const { family } = metricOrRubric(name);
  const counts = new Map<number, number>();
  for (const value of values) counts.set(binIndex(value), (counts.get(binIndex(value)) ?? 0) + 1);
  const micros = values.map((value) => Math.round(value * MICRO));
  return windowRow(name, arm, {
    count: values.length,
    sumMicro: micros.reduce((a, b) => a + b, 0),
    sumSqMicro: Math.round(values.reduce((a, b) => a + b * b, 0) * MICRO),
    items: family === 'score' && withItems ? micros.map((micro, i) => ({ id: String(i), micro })) : [],
    bins: family === 'measure' ? [...counts].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count })) : [],
  });
};

/** A row of a rate from how many were bad. */
const rateRow = (name: string, arm: string, count: number, bad: number): WindowRow => {
  const ones = (metricOrRubric(name).better === 'lower' ? bad : count - bad) * MICRO;
  return windowRow(name, arm, { count, sumMicro: ones, sumSqMicro: ones });
};

type Draw = (arm: 'candidate' | 'stable', t: number) => WindowRow;
const play = (plan: MetricPlan, draw: Draw, windows: number): Cell => {
  let cell = newCell(plan);
  for (let t = 0; t < windows; t++)
    cell = stepCell(cell, plan, [{ candidate: draw('candidate', t), stable: draw('stable', t) }], [`w${t}`]);
  return cell;
};

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const PROVEN = Math.log(20);

/** Draws of each family, the candidate being `worse` times as bad (of scores: lower by 0.05 for each doubling). */
const DRAWS: Record<string, (random: () => number, worse: number) => Draw> = {
  error_rate: (random, worse) => (arm) => {
    const n = arm === 'candidate' ? 150 : 450;
    return rateRow('error_rate', arm, n, binomial(random, n, 0.03 * (arm === 'candidate' ? worse : 1)));
  },
  task_success: (random, worse) => (arm) => {
    const n = arm === 'candidate' ? 150 : 450;
    return rateRow('task_success', arm, n, binomial(random, n, 0.1 * (arm === 'candidate' ? worse : 1)));
  },
  empathy: (random, worse) => (arm) => {
    const fall = arm === 'candidate' ? 0.05 * Math.log2(worse) : 0;
    const values = Array.from({ length: arm === 'candidate' ? 20 : 40 }, () => 0.6 + 0.5 * (random() - 0.5) - fall);
    return valuesRow('empathy', arm, values);
  },
  latency: (random, worse) => (arm) =>
    valuesRow(
      'latency',
      arm,
      Array.from({ length: 200 }, () => Math.exp(0.6 * normal(random)) * (arm === 'candidate' ? worse : 1)),
    ),
  latency_p50: (random, worse) => (arm) =>
    valuesRow(
      'latency_p50',
      arm,
      Array.from({ length: 100 }, () => Math.exp(0.6 * normal(random)) * (arm === 'candidate' ? worse : 1)),
    ),
  throughput: (random, worse) => (arm) =>
    valuesRow(
      'throughput',
      arm,
      Array.from({ length: 200 }, () => (80 * Math.exp(0.6 * normal(random))) / (arm === 'candidate' ? worse : 1)),
    ),
  cost: (random, worse) => (arm) =>
    valuesRow(
      'cost',
      arm,
      Array.from({ length: 100 }, () => 2 * Math.exp(0.6 * normal(random)) * (arm === 'candidate' ? worse : 1)),
    ),
};

describe.each(Object.keys(DRAWS))('%s', (name) => {
  const plan = planOf(name);
  const draw = DRAWS[name]!;

  it('convicts a candidate that is twice as bad, and proves nothing of it', () => {
    const cell = play(plan, draw(mulberry32(1), 2), 40);
    expect(cellLogE(cell, plan)).toBeGreaterThan(PROVEN);
    expect(cellLogProof(cell, plan)).toBeLessThan(PROVEN);
  });

  it('proves one that is the same good enough, and convicts it not', () => {
    const cell = play(plan, draw(mulberry32(2), 1), 120);
    expect(cellLogProof(cell, plan)).toBeGreaterThan(PROVEN);
    expect(cellLogE(cell, plan)).toBeLessThan(PROVEN);
  });

  it('has an interval about the difference, in the metric’s own direction, that excludes 0 only where there is one', () => {
    expect(cellInterval(newCell(plan), plan, 0.05)).toBeNull();
    const same = cellInterval(play(plan, draw(mulberry32(3), 1), 60), plan, 0.05);
    expect(same?.lower ?? NaN).toBeLessThan(0);
    expect(same?.upper ?? NaN).toBeGreaterThan(0);
    const worse = cellInterval(play(plan, draw(mulberry32(4), 2), 60), plan, 0.05);
    const isShare = plan.metric.family === 'measure' && plan.metric.quantile !== null;
    const badSide = isShare || plan.metric.better === 'lower' ? worse?.lower : -(worse?.upper ?? NaN);
    expect(badSide ?? NaN).toBeGreaterThan(0);
  });

  it('limits the harm from above, and ever more closely', () => {
    const short = cellHarm(play(plan, draw(mulberry32(5), 1), 10), plan, 0.05);
    const long = cellHarm(play(plan, draw(mulberry32(5), 1), 80), plan, 0.05);
    if (name === 'cost') return expect(long).toBeNull();
    expect(long?.excessUpper ?? NaN).toBeLessThan(short?.excessUpper ?? NaN);
    expect(long?.excessUpper ?? NaN).toBeGreaterThan(0);
    expect(long?.stableBad ?? NaN).toBeGreaterThan(0);
  });

  it('says nothing while an arm is missing, and takes it up later', () => {
    const row = draw(mulberry32(6), 1);
    let cell = newCell(plan);
    for (let t = 0; t < 3; t++) {
      cell = stepCell(cell, plan, [{ candidate: row('candidate', t), stable: undefined }], []);
      cell = stepCell(cell, plan, [{ candidate: undefined, stable: row('stable', t) }], []);
    }
    cell = stepCell(cell, plan, [], []);
    expect(cellLogE(cell, plan)).toBeCloseTo(0, 12);
    expect(cellInterval(cell, plan, 0.05)).toBeNull();
    const next = stepCell(cell, plan, [{ candidate: row('candidate', 9), stable: row('stable', 9) }], []);
    expect(cellInterval(next, plan, 0.05)).not.toBeNull();
  });

  it('is plain data, and the same windows give the same cell', () => {
    const cell = play(plan, draw(mulberry32(7), 1.2), 20);
    expect(structuredClone(cell)).toEqual(cell);
    expect(play(plan, draw(mulberry32(7), 1.2), 20)).toEqual(cell);
  });
});

it.each(['error_rate', 'task_success', 'empathy', 'latency'])(
  'limits of %s stay within [−1, 1], however little was seen',
  (name) => {
    const plan = planOf(name);
    const draw: Draw = (arm) =>
      plan.metric.family === 'rate' ? rateRow(name, arm, 3, 1) : valuesRow(name, arm, [0.2, 0.5, 0.9]);
    const many: Draw = (arm) =>
      valuesRow(
        name,
        arm,
        Array.from({ length: 100 }, (_, i) => 0.1 + i / 100),
      );
    const before = name === 'latency' ? [{ candidate: undefined, stable: many('stable', 0) }] : [];
    const cell = stepCell(
      stepCell(newCell(plan), plan, before, []),
      plan,
      [{ candidate: draw('candidate', 1), stable: draw('stable', 1) }],
      [],
    );
    expect(cellInterval(cell, plan, 0.05)).toMatchObject({ lower: -1, upper: 1 });
  },
);

it('proof of a mean has an expectation of at most 1 for a candidate that is ratioMax times as dear, its heavy tail included', () => {
  const plan = planOf('cost');
  const prices = [
    { chance: 0.99, usd: 1 },
    { chance: 0.01, usd: 100 },
  ];
  const past: Draw = (arm) =>
    valuesRow(
      'cost',
      arm,
      Array.from({ length: 2_000 }, (_, i) => (i % 100 === 0 ? 100 : 1) * (arm === 'candidate' ? 1.5 : 1)),
    );
  const cell = play(plan, past, 2);
  let expected = 0;
  for (const c of prices)
    for (const s of prices) {
      const pair = {
        candidate: valuesRow('cost', 'candidate', [1.5 * c.usd]),
        stable: valuesRow('cost', 'stable', [s.usd]),
      };
      const after = stepCell(cell, plan, [pair], []);
      expected += c.chance * s.chance * Math.exp(cellLogProof(after, plan) - cellLogProof(cell, plan));
    }
  expect(expected).toBeLessThanOrEqual(1 + 1e-12);
});

describe('a mean that tolerates much more than stable’s own spread', () => {
  const plan = planOf('length', { p99Ratio: 1.5 });
  const lengths =
    (times: number): Draw =>
    (arm) => {
      const random = mulberry32(arm === 'candidate' ? 3 : 4);
      const draw = (): number => 0.3 * Math.exp(0.2 * normal(random)) * (arm === 'candidate' ? times : 1);
      return valuesRow('length', arm, Array.from({ length: 40 }, draw));
    };

  it('is found to be three times as much, though all of that lies beyond stable’s cap, and not within the tolerance', () => {
    expect(cellLogE(play(plan, lengths(3), 40), plan)).toBeGreaterThan(PROVEN);
    expect(cellLogE(play(plan, lengths(1.4), 40), plan)).toBeLessThan(0.5);
  });

  it('has an expectation of at most 1 for a candidate that is just as much longer as is tolerated', () => {
    const cell = play(plan, lengths(1.5), 3);
    const each = [0.2, 0.3, 0.45];
    let expected = 0;
    for (const c of each)
      for (const s of each) {
        const pair = {
          candidate: valuesRow('length', 'candidate', [1.5 * c]),
          stable: valuesRow('length', 'stable', [s]),
        };
        expected += Math.exp(cellLogE(stepCell(cell, plan, [pair], []), plan)) / each.length ** 2;
      }
    expect(expected).toBeLessThanOrEqual(Math.exp(cellLogE(cell, plan)) + 1e-12);
  });
});

describe('scores', () => {
  const plan = planOf('empathy');
  const random = mulberry32(11);
  const scores = (n: number): number[] => Array.from({ length: n }, () => random());

  it('count one by one where the rows carry all of them, by their sums where not', () => {
    const [c, s] = [scores(30), scores(30)];
    const logE = (withItems: boolean): number => {
      const pair = {
        candidate: valuesRow('empathy', 'candidate', c, withItems),
        stable: valuesRow('empathy', 'stable', s, withItems),
      };
      return cellLogE(stepCell(newCell(plan), plan, [pair], []), plan);
    };
    expect(logE(true)).not.toBe(logE(false));
  });

  it('refuses sums that no scores can have', () => {
    const pair = {
      candidate: windowRow('empathy', 'candidate', { count: 2, sumMicro: 3 * MICRO, sumSqMicro: 3 * MICRO }),
      stable: valuesRow('empathy', 'stable', scores(5)),
    };
    expect(() => stepCell(newCell(plan), plan, [pair], [])).toThrow(RangeError);
  });
});

describe('rates', () => {
  it('prove a flawless candidate by its own rate, where stable is flawless too', () => {
    const plan = planOf('error_rate');
    const cell = play(plan, (arm) => rateRow('error_rate', arm, 100, 0), 12);
    expect(cellLogProof(cell, plan)).toBeGreaterThan(PROVEN);
    expect(cellHarm(cell, plan, 0.05)).toMatchObject({ stableBad: 0 });
    expect(cellHarm(cell, plan, 0.05)?.excessUpper).toBeLessThan(0.01);
  });

  it('are held back by φ where the same subjects fail again and again', () => {
    const plan = planOf('error_rate');
    const play20 = (buckets: (n: number) => number[]): number => {
      const draw: Draw = (arm) => ({
        ...rateRow('error_rate', arm, 300, arm === 'candidate' ? 8 : 2),
        buckets: buckets(arm === 'candidate' ? 8 : 2),
      });
      return cellLogE(play(plan, draw, 20), plan);
    };
    const spread = play20((n) => Array.from({ length: 20 }, (_, i) => (i < n ? 1 : 0)));
    const one = play20((n) => Array.from({ length: 20 }, (_, i) => (i === 0 ? n : 0)));
    expect(one).toBeLessThan(spread / 4);
  });

  it('are refused when there are more bad events than requests', () => {
    const plan = planOf('error_rate');
    const pair = { candidate: rateRow('error_rate', 'candidate', 3, 4), stable: rateRow('error_rate', 'stable', 3, 0) };
    expect(() => stepCell(newCell(plan), plan, [pair], [])).toThrow(RangeError);
  });
});
