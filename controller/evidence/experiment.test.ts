import { describe, expect, it } from 'vitest';
import { type AbSpec, RolloutDocument } from '../../schemas/documents.ts';
import { Evidence } from '../../schemas/decision.ts';
import type { WindowRow } from '../../schemas/window.ts';
import { controlOf, type Experiment, experimentMetrics, newExperiment, stepExperiment } from './experiment.ts';
import { experimentEvidence } from '../verdict/experiment-evidence.ts';
import { experimentSpec, rateRow, rowOf, trafficRows } from '../test/experiment.fixture.ts';
import { type ExperimentVerdict, experimentVerdict } from '../verdict/experiment-verdict.ts';
import { binomial, mulberry32 } from '../rules/formulas/sampling.fixture.ts';

type Arm = { name: string; startMs: number; n: number; random: () => number };
/** What an arm shows in a window, beside its traffic. */
type World = (arm: Arm) => WindowRow[];
type Played = { experiment: Experiment; verdict: ExperimentVerdict; windows: number };

const REQUESTS_PER_ARM = 200;

/** An arm's rows of a window; what the world says of its traffic goes before what is made up. */
const armRows = (world: World, arm: Arm): WindowRow[] => [
  ...new Map(
    [...trafficRows(arm.name, arm.startMs, arm.n), ...world(arm)].map((row) => [`${row.metric}|${row.slice}`, row]),
  ).values(),
];

/** Plays windows until something is decided; every window is looked at. */
const play = (
  spec: AbSpec,
  seed: number,
  world: World,
  windows = 60,
  slices: { label: string; values: string[] }[] = [],
): Played => {
  const random = mulberry32(seed);
  const plan = { spec, slices };
  let experiment = newExperiment(spec);
  for (let i = 0; i < windows; i++) {
    const startMs = i * 60_000;
    const rows = spec.arms.flatMap(({ name, weightPct }) => {
      const n = binomial(random, REQUESTS_PER_ARM * spec.arms.length, weightPct / 100);
      return armRows(world, { name, startMs, n, random });
    });
    const step = stepExperiment(experiment, plan, rows);
    expect(step.problems).toEqual([]);
    experiment = step.experiment;
    const verdict = experimentVerdict(experiment, plan);
    if (verdict.kind !== 'not_enough') return { experiment, verdict, windows: i + 1 };
  }
  return { experiment, verdict: experimentVerdict(experiment, plan), windows };
};

/** How many of so many plays end in each kind of verdict. */
const tally = (spec: AbSpec, runs: number, world: World, windows = 60): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (let seed = 1; seed <= runs; seed++) {
    const { verdict } = play(spec, seed, world, windows);
    const key = 'arm' in verdict ? `${verdict.kind} ${verdict.arm}` : verdict.kind;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

const alike: (x: number) => number = () => 1;
const drift = (startMs: number): number => 0.7 + 0.3 * Math.sin(startMs / 600_000);

const successes =
  (p: Record<string, number>, level = alike): World =>
  ({ name, startMs, n, random }) => [
    rateRow(name, 'task_success', startMs, n, binomial(random, n, (p[name] ?? 0.8) * level(startMs))),
  ];

const sales =
  (
    p: Record<string, number>,
    { worth = alike, level = alike }: { worth?: (random: number) => number; level?: (startMs: number) => number } = {},
  ): World =>
  ({ name, startMs, n, random }) => {
    const values = Array.from({ length: binomial(random, n, (p[name] ?? 0.1) * level(startMs)) }, () =>
      worth(random()),
    );
    return [rowOf(name, 'event_sale', startMs, values, { bucketOf: () => Math.floor(random() * 20) })];
  };

const costs =
  (factor: Record<string, number>): World =>
  ({ name, startMs, n, random }) => {
    const value = (): number => (factor[name] ?? 1) * Math.exp(1.5 * (random() + random() + random() - 1.5));
    return [rowOf(name, 'cost', startMs, Array.from({ length: n }, value))];
  };

const goal = (metric: string, over: object = {}, spec: object = {}): AbSpec =>
  experimentSpec({ goal: { metric, ...over }, ...spec });
const conversions = { by: 'count' };

describe('a false winner over a whole experiment, looked at after every window, is named in at most α of the runs', () => {
  it.each<[string, AbSpec, World]>([
    ['a rate', goal('task_success'), successes({})],
    ['a rate that drifts for all arms', goal('task_success'), successes({}, drift)],
    ['a rate by which two arms are the best', goal('task_success', { margin: 0.001 }), successes({ kind: 0.7 })],
    ['conversions', goal('event_sale', conversions), sales({})],
    ['conversions that drift for all arms', goal('event_sale', conversions), sales({}, { level: drift })],
    ['revenue', goal('event_sale'), sales({}, { worth: (u) => 5 + 95 * u ** 4 })],
  ])('%s', (_, spec, world) => {
    const counts = tally(spec, 100, world, 40);
    const winners = Object.entries(counts).filter(([key]) => key.startsWith('winner'));
    expect(winners.reduce((sum, [, n]) => sum + n, 0)).toBeLessThanOrEqual(5);
  });

  it('users who convert again and again, each always in the same arm', () => {
    let winners = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const random = mulberry32(seed * 7_919);
      const users = Array.from({ length: 600 }, () => ({
        arm: Math.floor(random() * 3),
        bucket: Math.floor(random() * 20),
        p: random() < 0.1 ? 0.5 : 0.05,
      }));
      const world: World = ({ name, startMs, n, random: draw }) => {
        const own = users.filter(({ arm }) => ['stable', 'short', 'kind'][arm] === name);
        const buckets = Array.from({ length: n }, () => own[Math.floor(draw() * own.length)]!).flatMap(
          ({ p, bucket }) => (draw() < p ? [bucket] : []),
        );
        return [rowOf(name, 'event_sale', startMs, buckets.map(alike), { bucketOf: (i) => buckets[i]! })];
      };
      if (play(goal('event_sale', conversions), seed, world, 60).verdict.kind === 'winner') winners++;
    }
    expect(winners).toBeLessThanOrEqual(2);
  });
});

describe('an experiment finds', () => {
  it.each<[string, AbSpec, World]>([
    ['the arm with more solved tasks', goal('task_success'), successes({ short: 0.86 })],
    ['it while all arms drift', goal('task_success'), successes({ short: 0.88 }, drift)],
    ['the arm with more conversions', goal('event_sale', conversions), sales({ short: 0.14 })],
    ['the arm with more conversions by their sum', goal('event_sale'), sales({ short: 0.15 })],
    ['the arm with more revenue', goal('event_sale'), sales({ short: 0.2 }, { worth: (u) => 5 + 95 * u ** 4 })],
    ['the cheaper arm', goal('cost'), costs({ short: 0.92 })],
    ['the dearer one if that is better', goal('cost', { better: 'higher' }), costs({ short: 1.08 })],
    [
      'it among arms of unequal weights',
      goal('event_sale', conversions, {
        arms: [
          { name: 'stable', version: 'v1', weightPct: 60 },
          { name: 'short', version: 'v2', weightPct: 25 },
          { name: 'kind', version: 'v3', weightPct: 15 },
        ],
      }),
      sales({ short: 0.16 }),
    ],
  ])('%s', (_, spec, world) => {
    expect(tally(spec, 5, world)).toEqual({ 'winner short': 5 });
  });

  it('that equal arms are equivalent, and never that unequal ones are', () => {
    expect(tally(goal('task_success', { margin: 0.05 }), 5, successes({}), 80)).toEqual({ equivalent: 5 });
    expect(tally(goal('cost', { margin: 0.1 }), 5, costs({}), 80)).toEqual({ equivalent: 5 });
    expect(tally(goal('event_sale', { by: 'count', margin: 0.3 }), 5, sales({}), 80)).toEqual({ equivalent: 5 });
    expect(tally(goal('event_sale', { margin: 0.3 }), 5, sales({}), 80)).toEqual({ equivalent: 5 });
    // One arm is a tenth below the others, so that there is no winner either.
    expect(tally(goal('task_success', { margin: 0.1 }), 20, successes({ kind: 0.72 }), 60)).toEqual({ not_enough: 20 });
  });

  it('conversions that come a day late, since weights alone tell how many each arm should have', () => {
    const late: World = (arm) => (arm.startMs < 30 * 60_000 ? [] : sales({ short: 0.16 })(arm));
    expect(play(goal('event_sale', conversions), 1, late).verdict).toMatchObject({ kind: 'winner', arm: 'short' });
  });
});

const GUARDED = { guardrails: [{ name: 'error_rate' }, { name: 'empathy', weight: 2 }] };
const failing =
  (p: Record<string, number>): World =>
  ({ name, startMs, n, random }) => {
    const empathy = Array.from({ length: 20 }, () => 0.6 + 0.3 * random());
    const failed = binomial(random, n, p[name] ?? 0.02);
    return [rateRow(name, 'error_rate', startMs, n, failed), rowOf(name, 'empathy', startMs, empathy)];
  };

describe('guardrails', () => {
  it('end an experiment when an arm is proven worse than control, with the arm and the metric named', () => {
    const spec = experimentSpec(GUARDED);
    const { verdict, experiment } = play(spec, 3, failing({ kind: 0.1 }));
    expect(verdict).toMatchObject({ kind: 'harmful', arm: 'kind', metric: 'error_rate', slice: '_all' });
    expect(verdict.logE).toBeGreaterThanOrEqual(Math.log(2 / 0.05));
    expect(verdict.logThreshold).toBeCloseTo(Math.log(2 / 0.05), 12);
    expect(verdict.reason).toMatch(
      /^arm kind is worse than stable in error_rate: kind 0\.\d+ \(n=\d+\) against stable 0\.\d+ .* ≥ 40$/,
    );
    expect(verdict.keys.length).toBeGreaterThan(0);
    expect(experimentEvidence(experiment, { spec, slices: [] }).map(({ metric, weight }) => [metric, weight])).toEqual([
      ['error_rate', 1 / 3],
      ['empathy', 2 / 3],
      ['error_rate', 1 / 3],
      ['empathy', 2 / 3],
    ]);
  });

  it('stop good arms in at most α of the runs, and go before a winner', () => {
    const counts = tally(experimentSpec(GUARDED), 60, failing({}), 40);
    expect((counts['harmful short'] ?? 0) + (counts['harmful kind'] ?? 0)).toBeLessThanOrEqual(3);
    const both: World = (arm) => [...failing({ short: 0.4 })(arm), ...successes({ short: 0.99 })(arm)];
    expect(play(goal('task_success', {}, GUARDED), 1, both).verdict).toMatchObject({ kind: 'harmful', arm: 'short' });
  });

  it('compare with the control that is named, and watch slices', () => {
    const spec = experimentSpec({ guardrails: [{ name: 'task_success' }], control: 'kind' });
    const sliced: World = (arm) => {
      const lost = arm.name === 'short' ? 0.3 : 0.9;
      return [
        ...successes({})(arm),
        { ...rateRow(arm.name, 'task_success', arm.startMs, 40, binomial(arm.random, 40, lost)), slice: 'language=de' },
      ];
    };
    const { verdict } = play(spec, 4, sliced, 60, [{ label: 'language', values: ['de', 'en'] }]);
    expect(verdict).toMatchObject({ kind: 'harmful', arm: 'short', slice: 'language=de' });
    expect(verdict.reason).toMatch(/^arm short is worse than kind in task_success on language=de: /);
  });
});

describe('not enough is said', () => {
  it('without a goal, however the arms do', () => {
    const spec = experimentSpec({});
    const { verdict } = play(spec, 1, successes({ short: 1 }));
    expect(verdict).toMatchObject({
      kind: 'not_enough',
      metric: null,
      reason: 'it has no goal, so nobody wins by itself',
    });
  });

  it('while an arm has no data, or too few requests', () => {
    const silent: World = (arm) => (arm.name === 'kind' ? [] : successes({ short: 0.99 })(arm));
    const { verdict } = play(goal('task_success'), 1, silent);
    expect(verdict.reason).toMatch(/^scores cover 0\.0 % of the answers of arm kind and 100\.0 %/);
    const few = play(goal('task_success', {}, { minRequests: 100_000 }), 1, successes({ short: 0.99 })).verdict;
    expect(few.reason).toMatch(/^arm (stable|short|kind) has \d+ of 100000 requests$/);
    const plan = { spec: goal('task_success'), slices: [] };
    expect(experimentVerdict(newExperiment(plan.spec), plan).reason).toBe('arm stable has 0 of 50 requests');
  });

  it('while a judge that is behind has left out so much that too few are scored', () => {
    const behind: World = (arm) => [
      ...successes({ short: 0.99 })(arm),
      rateRow(arm.name, 'judged', arm.startMs, arm.n, arm.n >> 2),
    ];
    const spec = goal('task_success', {}, { minRequests: 10_000 });
    expect(play(spec, 1, behind).verdict.reason).toMatch(
      /^arm \S+ has \d+ of 10000 requests, and \d+ that the judge left out because it was behind$/,
    );
    expect(play(spec, 1, successes({ short: 0.99 })).verdict).toMatchObject({ kind: 'winner', arm: 'short' });
  });

  it('while telemetry is missing, or scores fail in one arm more than in others', () => {
    const lossy: World = (arm) => {
      const [, accepted] = trafficRows(arm.name, arm.startMs, arm.n + (arm.name === 'short' ? 20 : 0));
      return [...successes({ short: 0.99 })(arm), accepted!];
    };
    expect(play(goal('task_success'), 1, lossy).verdict).toMatchObject({
      kind: 'not_enough',
      reason: expect.stringMatching(/^telemetry covers \d\d\.\d % of arm short, less than 99.0 %$/),
    });
    const failed: World = (arm) =>
      successes({ short: 0.99 })(arm).map((row) => (arm.name === 'kind' ? { ...row, errors: 20 } : row));
    expect(play(goal('task_success'), 1, failed).verdict.reason).toMatch(
      /^values of the goal cover 9\d\.\d % of arm kind/,
    );
    const unseen: World = (arm) => successes({ short: 0.99 })(arm.name === 'kind' ? { ...arm, n: arm.n >> 1 } : arm);
    expect(play(goal('task_success'), 1, unseen).verdict.reason).toMatch(
      /^scores cover 4\d\.\d % .* kind and 100\.0 %/,
    );
    const sampled: World = (arm) => successes({ short: 0.99 })({ ...arm, n: binomial(arm.random, arm.n, 0.5) });
    expect(play(goal('task_success'), 1, sampled).verdict).toMatchObject({ kind: 'winner', arm: 'short' });
  });

  it('with every arm’s value and how far the proof is', () => {
    const { verdict } = play(goal('event_sale'), 1, sales({}), 3);
    expect(verdict.reason).toMatch(
      /^not enough to tell in event_sale per request \(higher is better\): stable 0\.\d+ \(\d+ events, n=\d+\), short .*, kind .*; nearest to win is .* of 60 against .*, and equivalence within 2 % has e=.* of 20$/,
    );
  });
});

describe('the fold of an experiment', () => {
  const spec = goal('event_sale', conversions, GUARDED);
  const world: World = (arm) => [...sales({ short: 0.13 })(arm), ...failing({})(arm)];
  const windowOf = (seed: number, i: number): WindowRow[] => {
    const random = mulberry32(seed + i);
    return ['stable', 'short', 'kind'].flatMap((name) => armRows(world, { name, startMs: i * 60_000, n: 200, random }));
  };
  const fold = (windows: readonly WindowRow[][], from = newExperiment(spec)): Experiment =>
    windows.reduce((before, rows) => stepExperiment(before, { spec, slices: [] }, rows).experiment, from);

  it('gives the same again for the same windows, in whatever order their rows stand, also from the middle on', () => {
    const windows = Array.from({ length: 12 }, (_, i) => windowOf(9, i));
    const whole = fold(windows);
    expect(fold(windows.slice(5), fold(windows.slice(0, 5)))).toEqual(whole);
    const { keys: _, ...shuffled } = fold(windows.map((rows) => rows.toReversed()));
    expect(shuffled.goal).toEqual(whole.goal);
    expect(shuffled.traffic).toEqual(whole.traffic);
  });

  it('takes each topic’s rows apart, and ignores other arms, shadows and metrics', () => {
    const windows = Array.from({ length: 6 }, (_, i) => windowOf(2, i));
    const apart = windows.flatMap((rows) => {
      const topics = [...new Set(rows.map((row) => row.sourceTopic))];
      return topics.map((topic) => rows.filter((row) => row.sourceTopic === topic));
    });
    expect(fold(apart).goal).toEqual(fold(windows).goal);
    const strange = windows.map((rows) => [
      ...rows,
      { ...rows[0]!, arm: 'candidate' },
      { ...rows[0]!, kind: 'shadow' as const },
      rateRow('short', 'refusal', rows[0]!.startMs, 9, 9),
    ]);
    expect(fold(strange)).toEqual(fold(windows));
  });

  it('compares arms within a routing sequence, each stratum by itself', () => {
    const means = goal('task_success');
    const rows = (sequence: number, p: number) =>
      ['stable', 'short', 'kind'].map((name, i) => ({
        ...rateRow(name, 'task_success', 0, 100 * (i + 1), 100 * (i + 1) * p),
        routingSequence: sequence,
      }));
    const plan = { spec: means, slices: [] };
    const both = stepExperiment(newExperiment(means), plan, [...rows(3, 0.5), ...rows(2, 0.9)]).experiment;
    const one = stepExperiment(newExperiment(means), plan, rows(2, 0.9)).experiment;
    expect(stepExperiment(one, plan, rows(3, 0.5)).experiment.goal).toEqual(both.goal);
  });

  it('leaves out rows that can’t be, and names them', () => {
    const means = goal('task_success');
    const broken = { ...rateRow('short', 'task_success', 0, 10, 5), sumMicro: 20_000_000 };
    const step = stepExperiment(newExperiment(means), { spec: means, slices: [] }, [broken]);
    expect(step.problems).toEqual([
      expect.stringMatching(/^task_success: short sums are not those of scores in \[0, 1\]/),
    ]);
    expect(step.experiment.goal).toEqual(newExperiment(means).goal);
  });

  it('shows entries that a decision can carry, with limits that hold the truth', () => {
    for (const [each, behaviour, truth] of [
      [goal('task_success'), successes({ short: 0.86 }), 0.06],
      [goal('event_sale', conversions), sales({ short: 0.14 }), 0.4],
      [goal('event_sale'), sales({ short: 0.14 }), 0.4],
    ] as const) {
      const { experiment } = play(each, 2, behaviour, 80);
      const [entry, ...rest] = experimentEvidence(experiment, { spec: each, slices: [] });
      expect(rest).toHaveLength(1);
      expect(Evidence.parse(entry)).toMatchObject({ metric: each.goal!.metric, weight: 0 });
      expect(entry!.lower).toBeLessThan(truth);
      expect(entry!.upper).toBeGreaterThan(truth);
      expect(entry!.logProof).toBeGreaterThanOrEqual(Math.log(60));
    }
    for (const entry of experimentEvidence(newExperiment(spec), { spec, slices: [] })) Evidence.parse(entry);
  });

  it('names what it is decided by, and its control', () => {
    expect(experimentMetrics(spec)).toEqual(['event_sale', 'error_rate', 'empathy']);
    expect(experimentMetrics(experimentSpec({ guardrails: [{ name: 'latency_p50' }] }))).toEqual(['latency']);
    expect(controlOf(spec)).toBe('stable');
    expect(controlOf(experimentSpec({}, ['a', 'b']))).toBe('a');
    expect(controlOf(experimentSpec({ control: 'b' }, ['a', 'b']))).toBe('b');
  });
});

describe('the document of an experiment', () => {
  const issuesOf = (spec: object): string[] => {
    const arms = ['stable', 'b'].map((name) => ({ name, version: 'v1', weightPct: 50 }));
    const parsed = RolloutDocument.safeParse({
      apiVersion: 'coalmine/v1',
      kind: 'Rollout',
      metadata: { name: 'tone' },
      spec: { agent: 'support', strategy: 'ab', duration: '1d', arms, ...spec },
    });
    return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  };

  it.each([
    [{ goal: { metric: 'event_sale', by: 'count' } }, []],
    [{ goal: { metric: 'cost', better: 'higher', margin: 0.1 }, guardrails: [{ name: 'latency_p99' }] }, []],
    [
      { goal: { metric: 'latency_p99' } },
      ['spec.goal.metric: latency_p99 is a quantile; arms are compared by their means, so give latency'],
    ],
    [
      { goal: { metric: 'accepted' } },
      ['spec.goal.metric: accepted is a count of requests, which the weights decide; take another metric'],
    ],
    [{ goal: { metric: 'empathy', by: 'sum' } }, ['spec.goal.by: is for events (event_<name>) alone']],
    [
      { guardrails: [{ name: 'event_sale' }] },
      ["spec.guardrails.0.name: event_sale can't be a guardrail: take a rate, a score or a measure of the answers"],
    ],
    [{ guardrails: [{ name: 'cost' }, { name: 'cost' }] }, ['spec.guardrails: names a metric twice']],
    [{ control: 'c' }, ['spec.control: names no arm; there are stable, b']],
    [{ goal: { metric: 'cost', marginPct: 2 } }, ['spec.goal: Unrecognized key: "marginPct"']],
  ])('%j: %j', (spec, issues) => {
    expect(issuesOf(spec)).toEqual(issues);
  });
});
