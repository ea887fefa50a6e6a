import { MICRO, type WindowRow } from '../../schemas/window.ts';
import type { Pair } from './cell-rate.ts';
import type { MetricPlan } from '../rollout/metric-plan.ts';
import { addSums, checkSum, type Sum } from '../rules/bernstein.ts';
import { addPast, boundedIncrements, moments, NO_PAST, type ScorePast } from '../rules/bounded-score.ts';
import { initialInterval, type IntervalState, stepInterval } from '../rules/interval.ts';
import { effectsOf, type Grid, initialLate, type LateState, logLate, stepLate } from '../rules/late.ts';
import { pairedIncrements } from '../rules/paired-score.ts';

/** Of scores in [0, 1]: rules 3, 4 and 7. */
export type ScoreEvidence = LateState & {
  rule: 'score';
  readonly proof: readonly number[];
  readonly interval: IntervalState;
  readonly past: ScorePast;
  /** All of stable's scores so far. */
  readonly stablePast: Sum;
};

/** Falls of the mean, beyond δ0, that the mixture is tuned to. */
const FALLS: Grid = [
  { effect: 0.012, weight: 0.1 },
  { effect: 0.025, weight: 0.7 },
  { effect: 0.06, weight: 0.2 },
];
/** The candidate's distance from the loss that proof excludes, as shares of deltaMax (1: it is as good as stable). */
const PROOF_SHARES = [0.5, 1, 1.5];
const PROOF_WEIGHTS = [0.3, 0.5, 0.2];

const NO_SCORES: Sum = { n: 0, s1: 0, s2: 0 };

export const newScore = (): ScoreEvidence => ({
  rule: 'score',
  ...initialLate(FALLS),
  proof: PROOF_WEIGHTS.map((p) => Math.log(p)),
  interval: initialInterval(),
  past: NO_PAST,
  stablePast: NO_SCORES,
});

export const scoreLogE = (evidence: ScoreEvidence): number => logLate(evidence, FALLS);

export const stepScore = (before: ScoreEvidence, plan: MetricPlan, pairs: readonly Pair[]): ScoreEvidence =>
  pairs.reduce((evidence, pair) => stepStratum(evidence, plan, pair), before);

const stepStratum = (before: ScoreEvidence, plan: MetricPlan, { candidate, stable }: Pair): ScoreEvidence => {
  const [c, s] = [scoreSum(candidate, plan), scoreSum(stable, plan)];
  checkSum('candidate', c);
  checkSum('baseline', s);
  const after = {
    past: addPast(before.past, { candidate: c, baseline: s }),
    stablePast: addSums(before.stablePast, s),
  };
  if (c.n === 0 || s.n === 0) return { ...before, ...after };
  const past = moments(before.past);
  const { harm, proof } = incrementsOf(plan, { candidate, stable }, { candidate: c, baseline: s }, past);
  const seen = { centre: past.m, variance: past.v };
  return {
    ...before,
    ...after,
    ...stepLate(before, harm),
    proof: before.proof.map((log, i) => log + (proof[i] ?? 0)),
    interval: stepInterval(before.interval, { candidate: c, baseline: s }, { candidate: seen, baseline: seen }),
  };
};

/** Rule 3 where both rows carry all their items, else rule 4: a choice by counts alone, so that it is known beforehand. */
const incrementsOf = (
  { spec, metric }: MetricPlan,
  pair: Pair,
  sums: { candidate: Sum; baseline: Sum },
  { m, v }: { m: number; v: number },
): { harm: number[]; proof: number[] } => {
  const distances = PROOF_SHARES.map((share) => share * spec.deltaMax);
  const [c, s] = [itemsOf(pair.candidate, metric.better), itemsOf(pair.stable, metric.better)];
  if (c !== null && s !== null)
    return {
      harm: pairedIncrements(c, s, v, effectsOf(FALLS), spec.delta0),
      proof: pairedIncrements(s, c, v, distances, -spec.deltaMax),
    };
  return {
    harm: boundedIncrements(sums, { m, v }, effectsOf(FALLS), spec.delta0),
    proof: boundedIncrements(
      { candidate: sums.baseline, baseline: sums.candidate },
      { m, v },
      distances,
      -spec.deltaMax,
    ),
  };
};

/** All scores of a row, higher being better; null if it carries only some of them. */
const itemsOf = (row: WindowRow | undefined, better: 'lower' | 'higher'): number[] | null => {
  if (row === undefined || row.items.length !== row.count) return null;
  return row.items.map(({ micro }) => (better === 'higher' ? micro / MICRO : 1 - micro / MICRO));
};

/** Rules 3 and 4 take scores of which higher is better; one that points the other way is turned round: 1 − x. */
const scoreSum = (row: WindowRow | undefined, plan: MetricPlan): Sum => {
  if (row === undefined) return NO_SCORES;
  const [n, s1, s2] = [row.count, row.sumMicro / MICRO, row.sumSqMicro / MICRO];
  return plan.metric.better === 'higher' ? { n, s1, s2 } : { n, s1: n - s1, s2: n - 2 * s1 + s2 };
};
