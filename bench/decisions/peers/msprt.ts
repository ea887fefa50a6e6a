import { MICRO } from '../../../schemas/window.ts';
import { type Contest, onPlan } from '../contest.ts';
import { ALPHA } from '../kl-bound.ts';
import type { MetricName } from '../scenarios.ts';
import type { ArmMinute, Minute } from '../world.ts';
import { slowOf } from './interval-values.ts';

/**
 * The mixture sequential probability ratio test for a difference of means (Johari, Koomen, Pekelis & Walsh 2017/2022, eq. for
 * Λ̃), as experiment platforms run it: on totals since the start with the variance of both arms pooled, each metric at its own α, rolled back where the
 * candidate is the worse. Latency by the share above stable's p99 before the rollout. Pooling totals over weights that
 * change while rates drift is what it is not made for, and how it is used.
 */
const MIXING_SD: Readonly<Record<MetricName, number>> = {
  error_rate: 0.01,
  task_success: 0.03,
  quality: 0.03,
  latency: 0.01,
};

/** Λ of a difference whose estimate has this variance, against 0, mixed over N(0, τ²). */
export const mixtureRatio = (difference: number, variance: number, tau: number): number => {
  const square = tau * tau;
  return (
    Math.sqrt(variance / (variance + square)) *
    Math.exp((square * difference * difference) / (2 * variance * (variance + square)))
  );
};

/** n, sum and sum of squares of what is bad: errors, failures, points missing to the best score, slow answers. */
type Sums = { n: number; s1: number; s2: number };

const badness = (arm: ArmMinute, metric: MetricName): Sums => {
  switch (metric) {
    case 'error_rate':
      return { n: arm.requests, s1: arm.errors, s2: arm.errors };
    case 'task_success':
      return { n: arm.answers, s1: arm.failures, s2: arm.failures };
    case 'quality': {
      const lost = arm.quality.map((micro) => 1 - micro / MICRO);
      return { n: lost.length, s1: total(lost), s2: total(lost.map((x) => x * x)) };
    }
    default: {
      const slow = slowOf(arm);
      return { n: arm.answers, s1: slow, s2: slow };
    }
  }
};

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

const add = (a: Sums, b: Sums): Sums => ({ n: a.n + b.n, s1: a.s1 + b.s1, s2: a.s2 + b.s2 });

const isProven = (candidate: Sums, stable: Sums, tau: number): boolean => {
  if (candidate.n === 0 || stable.n === 0) return false;
  const variance = spread(add(candidate, stable)) * (1 / candidate.n + 1 / stable.n);
  if (variance === 0) return false;
  const difference = candidate.s1 / candidate.n - stable.s1 / stable.n;
  return difference > 0 && mixtureRatio(difference, variance, tau) >= 1 / ALPHA;
};

const spread = ({ n, s1, s2 }: Sums): number => Math.max(0, s2 / n - (s1 / n) ** 2);

export const msprt = (metrics: readonly MetricName[]): Contest<Minute> => {
  const none: Sums = { n: 0, s1: 0, s2: 0 };
  const totals = metrics.map((metric) => ({ metric, candidate: none, stable: none }));
  return onPlan((minute) => {
    for (const sums of totals) {
      sums.candidate = add(sums.candidate, badness(minute.candidate, sums.metric));
      sums.stable = add(sums.stable, badness(minute.stable, sums.metric));
    }
    return totals.some(({ metric, candidate, stable }) => isProven(candidate, stable, MIXING_SD[metric]));
  });
};
