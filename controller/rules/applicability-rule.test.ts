import { describe, expect, it } from 'vitest';
import { MetricSpec } from '../../schemas/metric-spec.ts';
import { appliesName, metricOrRubric } from '../../schemas/metrics.ts';
import { windowRow } from '../../schemas/window.fixture.ts';
import type { WindowRow } from '../../schemas/window.ts';
import { applicabilityRow } from '../evidence/applicability-row.ts';
import { APPLICABILITY } from './applicability-rule.ts';
import type { JudgedMetric } from './decision-rule.ts';
import { mulberry32 } from './formulas/sampling.fixture.ts';
import { EMPTY_SUMMARY } from './pooled-summary.ts';

const METRIC = 'tool_validity';
const PAST = { candidate: EMPTY_SUMMARY, stable: EMPTY_SUMMARY };
const judgedWith = (spec: Partial<MetricSpec> = {}): JudgedMetric => ({
  metric: metricOrRubric(appliesName(METRIC)),
  spec: MetricSpec.parse({ name: METRIC, ...spec }),
});

/** Who asks, and how likely an answer to them is one that the metric applies to. */
type Asker = { bucket: number; arm: 'candidate' | 'stable'; share: number };

const rowOf = (arm: string, answers: readonly { bucket: number; applies: boolean }[]): WindowRow | undefined => {
  const row = windowRow(METRIC, arm, {
    applied: Array.from({ length: 20 }, () => 0),
    notApplied: Array.from({ length: 20 }, () => 0),
  });
  for (const { bucket, applies } of answers) row[applies ? 'applied' : 'notApplied'][bucket]! += 1;
  return applicabilityRow(row);
};

/** The evidence after so many windows of 100 requests, and the most that it ever was. */
const play = (
  askerOf: (random: () => number) => Asker,
  { windows, seed, spec }: { windows: number; seed: number; spec?: Partial<MetricSpec> },
): { last: number; most: number; foundAt: number | null } => {
  const random = mulberry32(seed);
  const judged = judgedWith(spec);
  let state = APPLICABILITY.initial();
  let [last, most] = [0, 0];
  let foundAt: number | null = null;
  for (let t = 0; t < windows; t++) {
    const answers = Array.from({ length: 100 }, () => {
      const asker = askerOf(random);
      return { ...asker, applies: random() < asker.share };
    });
    const [candidate, stable] = (['candidate', 'stable'] as const).map((arm) =>
      rowOf(
        arm,
        answers.filter((one) => one.arm === arm),
      ),
    );
    state = APPLICABILITY.step(state, judged, [{ candidate, stable }], PAST);
    last = APPLICABILITY.logE(state);
    most = Math.max(most, last);
    if (foundAt === null && last >= FOUND) foundAt = t;
  }
  return { last, most, foundAt };
};

/** What one of the default metrics needs with a tenth of E, half of it on the whole. */
const FOUND = Math.log(20 / (0.1 / 14));
const ALARM = Math.log(20);

const alike =
  (stable: number, candidate: number, weight = 0.25) =>
  (random: () => number): Asker => {
    const arm = random() < weight ? 'candidate' : 'stable';
    return { arm, bucket: Math.floor(random() * 20), share: arm === 'candidate' ? candidate : stable };
  };

/** A few subjects who stay in their arm, and of whom some ask nothing but for tools. */
const sticky =
  (seed: number, subjects: number, weight: number, fans: number) =>
  (random: () => number): Asker => {
    const draw = mulberry32(seed * 7_919 + Math.floor(random() * subjects));
    return {
      arm: draw() < weight ? 'candidate' : 'stable',
      bucket: Math.floor(draw() * 20),
      share: draw() < fans ? 0.95 : 0.1,
    };
  };

describe('the share of answers that a metric applies to', () => {
  it.each([
    ['61 % of stable’s answers and 44 % of the candidate’s', 0.61, 0.44, 100],
    ['60 % and none', 0.6, 0, 6],
    ['5 % and none', 0.05, 0, 60],
    ['all and 70 %', 1, 0.7, 20],
  ])('convicts a candidate where it is %s', (_, stable, candidate, windows) => {
    for (const seed of [1, 2, 3]) {
      const { foundAt } = play(alike(stable, candidate), { windows: 3 * windows, seed });
      expect(foundAt).not.toBeNull();
      expect(foundAt).toBeLessThan(2 * windows);
    }
  });

  it.each([
    ['as large', 0.5, 0.5],
    ['larger', 0.1, 0.9],
    ['new', 0, 0.5],
    ['smaller by four points', 0.5, 0.46],
    ['a little more than half of a small one', 0.06, 0.04],
    ['all, in both arms', 1, 1],
    ['none, in both arms', 0, 0],
  ])('is no evidence where it is %s', (_, stable, candidate) => {
    for (const seed of [1, 2, 3])
      expect(play(alike(stable, candidate), { windows: 200, seed }).most).toBeLessThan(ALARM);
  });

  it('tolerates what its document says', () => {
    const spec = { appliesLoss: 0.3 };
    expect(play(alike(0.61, 0.4), { windows: 150, seed: 1, spec }).most).toBeLessThan(ALARM);
    expect(play(alike(0.61, 0.4), { windows: 150, seed: 1 }).foundAt).not.toBeNull();
  });

  it('raises a false alarm at level 0.05 in at most 5 of 100 rollouts, also where some subjects ask for nothing else', () => {
    const runs = 300;
    for (const world of [
      () => alike(0.4, 0.4, 0.05),
      () => alike(0.95, 0.95, 0.5),
      (seed: number) => sticky(seed, 2_000, 0.05, 0.3),
      (seed: number) => sticky(seed, 60, 0.25, 0.3),
    ]) {
      const alarms = Array.from({ length: runs }, (_, seed) => play(world(seed), { windows: 60, seed }).most >= ALARM);
      expect(alarms.filter(Boolean).length / runs).toBeLessThanOrEqual(0.05);
    }
  });

  it('finds a candidate that stops to call tools although subjects differ', () => {
    const stopped =
      (seed: number) =>
      (random: () => number): Asker => {
        const asker = sticky(seed, 2_000, 0.25, 0.3)(random);
        return asker.arm === 'candidate' ? { ...asker, share: 0.02 } : asker;
      };
    for (const seed of [1, 2, 3]) expect(play(stopped(seed), { windows: 100, seed }).foundAt).not.toBeNull();
  });
});
