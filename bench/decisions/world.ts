import quantile from '@stdlib/stats-base-dists-normal-quantile';
import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import { binIndex } from '../../schemas/sketch.ts';
import { betaQuantiles, binomial, type Random } from './draws.ts';
import {
  type Behaviour,
  LATENCY_SIGMA,
  MAX_ITEMS_PER_MINUTE,
  type MetricName,
  QUALITY_VARIANCE,
  type Scenario,
  STABLE,
} from './scenarios.ts';
import { BURSTY_SHARE, createBursts, createCrowd, type Crowd, emptyBuckets, type Retries } from './subjects.ts';

/** What one arm showed in a minute; of metrics that are not watched nothing. Scores are in millionths. */
export type ArmMinute = {
  requests: number;
  errors: number;
  errorBuckets: readonly number[];
  /** Those that were scored. */
  answers: number;
  /** All of them, where the judge tells which it means to score. */
  spoken?: number;
  failures: number;
  failureBuckets: readonly number[];
  quality: readonly number[];
  /** Latencies of the answers by the sketch's bin, in order. */
  bins: readonly { index: number; count: number }[];
};
export type Minute = { candidate: ArmMinute; stable: ArmMinute };
export type World = (minute: number, weightPct: number) => Minute;

/**
 * A made-up world, drawn minute by minute straight from counts (binomial and multinomial), so that thousands of rollouts
 * take seconds. Scores are Beta, latencies log-normal; nine tenths of these, the quick ones, stand for four equally likely
 * values, which no rule about slow answers can tell from the whole.
 */
export const createWorld = (
  scenario: Scenario,
  { rate, metrics, seed }: { rate: number; metrics: readonly MetricName[]; seed: number },
): World => createMinutes(scenario, { rate, metrics }, mulberry32(seed));

/** As `createWorld`; a minute may be told how it differs from others, for both versions alike. */
export const createMinutes = (
  scenario: Scenario,
  { rate, metrics }: { rate: number; metrics: readonly MetricName[] },
  random: Random,
): ((minute: number, weightPct: number, within?: Drift) => Minute) => {
  const drift = scenario.drifts ? createDrift(random) : () => STEADY;
  const bursts = scenario.errors === 'bursty' ? createBursts(random, rate * STABLE.error * BURSTY_SHARE) : () => null;
  const crowds = scenario.errors === 'sticky' ? createCrowd(random, STABLE) : () => null;
  const different = { ...STABLE, ...scenario.candidate };
  return (minute, weightPct, within = STEADY) => {
    const weight = weightPct / 100;
    const now = both(drift(minute), within);
    const retries = bursts(weight);
    const crowd = crowds(weight);
    const retried = retries === null ? 0 : sum(retries.candidate) + sum(retries.stable);
    const fresh = Math.max(0, rate - retried);
    const share = crowd === null ? weight : crowd.candidate.size / (crowd.candidate.size + crowd.stable.size);
    const candidateFresh = binomial(random, fresh, share);
    const arm = (name: keyof Minute, behaviour: Behaviour, requests: number): ArmMinute =>
      drawArm(random, metrics, drifted(behaviour, now), {
        requests,
        retries: retries?.[name] ?? null,
        crowd: crowd?.[name] ?? null,
      });
    return {
      candidate: arm('candidate', minute >= scenario.onsetMinute ? different : STABLE, candidateFresh),
      stable: arm('stable', STABLE, fresh - candidateFresh),
    };
  };
};

export type Drift = { rates: number; quality: number; slower: number };
export const STEADY: Drift = { rates: 1, quality: 0, slower: 1 };
const both = (a: Drift, b: Drift): Drift => ({
  rates: a.rates * b.rates,
  quality: a.quality + b.quality,
  slower: a.slower * b.slower,
});
const DRIFT_MINUTES = 240;
const RATES_SWING = 0.3;
const QUALITY_SWING = 0.02;
const LATENCY_SWING = 0.1;
/** The mean of exp(0.3·sin) over a period, the Bessel function I₀(0.3): rates keep their mean. */
const RATES_MEAN = 1.0226268793515969;

/** Waves of four hours, each rollout's and each metric's with a phase of its own, for both versions alike. */
const createDrift = (random: Random): ((minute: number) => Drift) => {
  const [rates, quality, latency] = [random(), random(), random()];
  const wave = (minute: number, phase: number): number => Math.sin(2 * Math.PI * (minute / DRIFT_MINUTES + phase));
  return (minute) => ({
    rates: Math.exp(RATES_SWING * wave(minute, rates)) / RATES_MEAN,
    quality: QUALITY_SWING * wave(minute, quality),
    slower: Math.exp(LATENCY_SWING * wave(minute, latency)),
  });
};

const drifted = ({ error, failure, quality, slower }: Behaviour, now: Drift): Behaviour => ({
  error: error * now.rates,
  failure: failure * now.rates,
  quality: quality + now.quality,
  slower: slower * now.slower,
});

const NONE: readonly number[] = [];

const drawArm = (
  random: Random,
  metrics: readonly MetricName[],
  { error, failure, quality, slower }: Behaviour,
  { requests, retries, crowd }: { requests: number; retries: Retries['candidate'] | null; crowd: Crowd | null },
): ArmMinute => {
  const share = retries === null ? 1 : 1 - BURSTY_SHARE;
  const fresh = binomial(random, requests, crowd?.error ?? error * share);
  const errorBuckets = scatter(random, fresh, crowd?.errorsByBucket ?? null, retries);
  const answers = requests - fresh;
  const failures = metrics.includes('task_success') ? binomial(random, answers, crowd?.failure ?? failure) : 0;
  const retried = retries === null ? 0 : sum(retries);
  return {
    requests: requests + retried,
    errors: fresh + retried,
    errorBuckets,
    answers,
    failures,
    failureBuckets: scatter(random, failures, crowd?.failuresByBucket ?? null, null),
    quality: metrics.includes('quality') ? drawScores(random, Math.min(answers, MAX_ITEMS_PER_MINUTE), quality) : NONE,
    bins: metrics.includes('latency') ? drawBins(random, answers, slower) : [],
  };
};

/** So many bad events over the buckets: alike, or where the crowd's lie. */
const scatter = (
  random: Random,
  events: number,
  cumulated: readonly number[] | null,
  base: readonly number[] | null,
): number[] => {
  const buckets = base === null ? emptyBuckets() : [...base];
  for (let i = 0; i < events; i++) {
    if (cumulated === null) buckets[Math.floor(random() * SUBJECT_BUCKETS)]! += 1;
    else {
      const at = random() * cumulated.at(-1)!;
      buckets[cumulated.findIndex((below) => at < below)]! += 1;
    }
  }
  return buckets;
};

const TYPICAL_SCORES = 1024;
const scoreTables = new Map<number, readonly number[]>();
/** By the mean, to a thousandth. */
const scoreTable = (mean: number): readonly number[] => {
  const key = Math.round(mean * 1000);
  const table =
    scoreTables.get(key) ??
    Array.from(betaQuantiles(key / 1000, QUALITY_VARIANCE, TYPICAL_SCORES), (score) => Math.round(score * 1e6));
  scoreTables.set(key, table);
  return table;
};

const drawScores = (random: Random, n: number, mean: number): number[] => {
  const table = scoreTable(mean);
  return Array.from({ length: n }, () => table[Math.floor(random() * TYPICAL_SCORES)]!);
};

/** Latencies above 1.3 sigma are drawn one by one, those below as so many of four values. */
const TAIL_SHARE = 0.09680048458561036;
const BODY_VALUES = 4;
const TAIL_VALUES = 4096;
const BODY = Array.from({ length: BODY_VALUES }, (_, i) =>
  quantile(((i + 0.5) / BODY_VALUES) * (1 - TAIL_SHARE), 0, LATENCY_SIGMA),
);
const TAIL = Array.from({ length: TAIL_VALUES }, (_, i) =>
  quantile(1 - ((i + 0.5) / TAIL_VALUES) * TAIL_SHARE, 0, LATENCY_SIGMA),
);
type Shape = { body: readonly number[]; tail: Int32Array };
const shapes = new Map<number, Shape>();
/** Bins of the body's and the tail's values, by the logarithm of the factor, to a five-hundredth. */
const shapeOf = (slower: number): Shape => {
  const key = Math.round(Math.log(slower) * 500);
  const binOf = (log: number): number => binIndex(Math.exp(log + key / 500));
  const shape = shapes.get(key) ?? { body: BODY.map(binOf), tail: Int32Array.from(TAIL, binOf) };
  shapes.set(key, shape);
  return shape;
};

/** Latencies of so many answers, by the sketch's bins. */
export const drawBins = (random: Random, n: number, slower: number): { index: number; count: number }[] => {
  const { body, tail } = shapeOf(slower);
  const tailN = binomial(random, n, TAIL_SHARE);
  const counts = new Map<number, number>();
  const add = (index: number, count: number): void => void counts.set(index, (counts.get(index) ?? 0) + count);
  let left = n - tailN;
  for (const [i, index] of body.entries()) {
    const count = i === BODY_VALUES - 1 ? left : binomial(random, left, 1 / (BODY_VALUES - i));
    if (count > 0) add(index, count);
    left -= count;
  }
  for (let i = 0; i < tailN; i++) add(tail[Math.floor(random() * TAIL_VALUES)]!, 1);
  return [...counts].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count }));
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
