import { type Contest, onPlan } from '../contest.ts';
import type { MetricName } from '../scenarios.ts';
import type { ArmMinute, Minute } from '../world.ts';
import { slowOf, valueOf } from './interval-values.ts';
import { CRITICAL_Z, isAbove, zOf } from './mann-whitney.ts';

/**
 * Kayenta's judge (spinnaker/kayenta, NetflixACAJudge and MannWhitneyClassifier) each minute on the values of all minutes so
 * far: a metric is bad if the 98 % interval of the shift lies beyond a quarter of its estimate. All metrics are critical, so
 * a bad one makes the score 0, which rolls back. Kayenta itself is asked at a few fixed times; a minute is how often the
 * others are asked here. Latency by the share of slow answers: a p99 of few answers is lower than one of many, so that arms
 * of different size would differ by themselves.
 */
const TOLERANCE = 0.25;

/** Values of one metric by minute: sorted, with what the test needs kept up as they come, since a test of all is dear. */
const createSeries = () => {
  const [x, y]: [number[], number[]] = [[], []];
  const ties = new Map<number, number>();
  let [won, tieSum] = [0, 0];
  const insert = (sorted: number[], value: number): void => void sorted.splice(rank(sorted, value, false), 0, value);
  const tie = (value: number): void => {
    const before = ties.get(value) ?? 0;
    ties.set(value, before + 1);
    tieSum += 3 * before * (before + 1);
  };
  return {
    add: (candidate: number | null, stable: number | null): void => {
      if (candidate !== null) {
        won += (rank(y, candidate, false) + rank(y, candidate, true)) / 2;
        insert(x, candidate);
        tie(candidate);
      }
      if (stable !== null) {
        won += x.length - (rank(x, stable, false) + rank(x, stable, true)) / 2;
        insert(y, stable);
        tie(stable);
      }
    },
    /** Whether x is surely above y. The interval can only lie above 0 where the test itself says so. */
    isHigh: (): boolean =>
      x.length > 0 && y.length > 0 && zOf(x.length, y.length, won, tieSum) > CRITICAL_Z && isAbove(x, y, TOLERANCE),
  };
};

/** How many are below the value, or at most as large. */
const rank = (sorted: readonly number[], value: number, orEqual: boolean): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value || (orEqual && sorted[middle] === value)) low = middle + 1;
    else high = middle;
  }
  return low;
};

const intervalValue = (arm: ArmMinute, metric: MetricName): number | null =>
  metric === 'latency' ? (arm.answers === 0 ? null : slowOf(arm) / arm.answers) : valueOf(arm, metric);

/** Of success and scores lower is worse. */
const SIGN: Readonly<Record<MetricName, 1 | -1>> = { error_rate: 1, task_success: -1, quality: -1, latency: 1 };

export const kayenta = (metrics: readonly MetricName[]): Contest<Minute> => {
  const all = metrics.map((metric) => ({ metric, series: createSeries() }));
  return onPlan(({ candidate, stable }) => {
    for (const { metric, series } of all) {
      const turned = (value: number | null): number | null => (value === null ? null : SIGN[metric] * value);
      series.add(turned(intervalValue(candidate, metric)), turned(intervalValue(stable, metric)));
    }
    return all.some(({ series }) => series.isHigh());
  });
};
