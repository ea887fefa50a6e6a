import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { SLOT_MS } from '../../controller/watching/change-detector.ts';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import { mergeBins } from '../../schemas/sketch.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { betaQuantiles, binomial, poisson, type Random } from './draws.ts';
import { binStats, rateStats, rowMaker } from './rows.ts';
import { drawBins } from './world.ts';

/** A version in service as its windows of five minutes show it, with a slice of which `de` is a fifth of the requests. */
type View = Parameters<typeof rowMaker>[0];
const SERVED = { agent: 'simulated', rollout: '', sequence: 2 } as View;
const ROLLOUT = { ...SERVED, rollout: 'simulated-v1#1', sequence: 1 };
export const VERSION = 'v1';
export const SLICES = ['language=de', 'language=en'] as const;
const DE_SHARE = 0.2;
export const SLOT_MINUTES = SLOT_MS / 60_000;
const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
/** Judged answers a minute. */
const JUDGED = 20;

/** The rollout that promoted the version: what it had of the requests, by stages. Slot 0 is the first in service. */
const STAGES = [
  { weightPct: 5, slots: 6 },
  { weightPct: 25, slots: 12 },
  { weightPct: 50, slots: 24 },
  { weightPct: 95, slots: 24 },
] as const;
export const ROLLOUT_SLOTS = STAGES.reduce((sum, { slots }) => sum + slots, 0);
const weightPctAt = (slot: number): number => {
  let end = -ROLLOUT_SLOTS;
  return STAGES.find(({ slots }) => slot < (end += slots))?.weightPct ?? 100;
};

/** `loops`: the share of answers that cost fifty times as much. */
const USUAL = { error: 0.01, failure: 0.05, quality: 0.94, slower: 1, dearer: 1, loops: 0 };
const LOOP_FACTOR = 50;
export type Service = typeof USUAL;
/** Of a single score: mostly good, now and then bad. */
const SCORE_VARIANCE = 0.0144;

export const WORLDS = ['iid', 'drift', 'drift-slow', 'bursty', 'sticky', 'daily-30', 'daily-60', 'weekend-60'] as const;
export type ServiceWorldName = (typeof WORLDS)[number];

/**
 * - `iid`: nothing changes.
 * - `drift`: waves of four hours, `drift-slow`: of five to nine: rates by ±30 %, scores by ±.02, latencies by ±10 %.
 * - `bursty`: half of all errors are one user's retries, a dozen within three minutes.
 * - `sticky`: 80 of 2,000 users have nearly all errors, and each hour another half of all users is there.
 * - `daily-30`, `daily-60`: rates go up and down with the hour by ±30 or ±60 %, scores by ±.02 or ±.04, and there are three times as many requests by day as by night.
 * - `weekend-60`: on two of seven days rates are 60 % higher, and scores lower by .04; it may be promoted at any time of the week.
 */
export type Setting = {
  world: ServiceWorldName;
  /** Requests a minute. */
  rate: number;
  changed: Partial<Service>;
  /** On which slice it changes; null: on the whole. */
  on: (typeof SLICES)[number] | null;
  fromSlot: number;
};

/** `errorsIn`: the buckets of the users who have the errors, one for each of these users; null where everybody has them alike. */
type Now = { rates: number; quality: number; slower: number; volume: number; errorsIn: readonly number[] | null };
type NowOf = (slot: number, weightPct: number) => Now;
const STEADY: Now = { rates: 1, quality: 0, slower: 1, volume: 1, errorsIn: null };

const FRAIL_USERS = 80;

/** Each has a place between 0 and 100: a rollout gives its version those below its weight. */
const createFrail = (random: Random): NowOf => {
  const users = Array.from({ length: FRAIL_USERS }, () => ({
    bucket: Math.floor(random() * SUBJECT_BUCKETS),
    place: 100 * random(),
  }));
  let present = users;
  return (slot, weightPct) => {
    if ((slot * SLOT_MINUTES) % 60 === 0) present = users.filter(() => random() < 0.5);
    const its = present.filter(({ place }) => place < weightPct);
    const rates = (2 * its.length) / ((FRAIL_USERS * weightPct) / 100);
    return { ...STEADY, rates, errorsIn: its.map(({ bucket }) => bucket) };
  };
};

const nowOf = (world: ServiceWorldName, random: Random): NowOf => {
  const phase = random();
  const wave = (slot: number, periodMinutes: number): number =>
    Math.sin(2 * Math.PI * ((slot * SLOT_MINUTES) / periodMinutes + phase));
  switch (world) {
    case 'drift':
    case 'drift-slow': {
      const periodMinutes = world === 'drift' ? 240 : 300 + 240 * random();
      return (slot) => {
        const w = wave(slot, periodMinutes);
        return { ...STEADY, rates: 1 + 0.3 * w, quality: -0.02 * w, slower: Math.exp(0.1 * w) };
      };
    }
    case 'daily-30':
    case 'daily-60': {
      const swing = world === 'daily-30' ? 1 : 2;
      return (slot) => {
        const w = wave(slot, DAY_MINUTES);
        const slower = Math.exp(0.1 * swing * w);
        return { rates: 1 + 0.3 * swing * w, quality: -0.02 * swing * w, slower, volume: 1 + w / 2, errorsIn: null };
      };
    }
    case 'weekend-60':
      return (slot) =>
        (slot * SLOT_MINUTES + (1 + phase) * WEEK_MINUTES) % WEEK_MINUTES < 5 * DAY_MINUTES
          ? STEADY
          : { ...STEADY, rates: 1.6, quality: -0.04 };
    case 'sticky':
      return createFrail(random);
    default:
      return () => STEADY;
  }
};

const tables = new Map<number, readonly number[]>();
const scoreTable = (mean: number): readonly number[] => {
  const key = Math.round(mean * 1_000);
  const table =
    tables.get(key) ??
    Array.from(betaQuantiles(key / 1_000, SCORE_VARIANCE, 1_024), (score) => Math.round(score * MICRO));
  tables.set(key, table);
  return table;
};

type Part = { requests: number; buckets: number[]; errors: number; failures: number; scores: number[] };

const drawPart = (
  random: Random,
  requests: number,
  judged: number,
  is: Service,
  { isBursty, errorsIn }: { isBursty: boolean; errorsIn: Now['errorsIn'] },
): Part => {
  const buckets = spread(random, binomial(random, requests, isBursty ? is.error / 2 : is.error), errorsIn ?? undefined);
  if (isBursty)
    for (let bursts = poisson(random, (requests * is.error) / 2 / 12); bursts > 0; bursts--)
      buckets[Math.floor(random() * SUBJECT_BUCKETS)]! += poisson(random, 12);
  const errors = Math.min(
    requests,
    buckets.reduce((sum, n) => sum + n, 0),
  );
  const table = scoreTable(is.quality);
  const scores = Array.from({ length: judged }, () => table[Math.floor(random() * table.length)]!);
  return { requests, buckets, errors, failures: binomial(random, requests - errors, is.failure), scores };
};

const joined = (a: Part, b: Part): Part => ({
  requests: a.requests + b.requests,
  buckets: a.buckets.map((n, i) => n + b.buckets[i]!),
  errors: a.errors + b.errors,
  failures: a.failures + b.failures,
  scores: [...a.scores, ...b.scores],
});

const scoreStats = (scores: readonly number[]): Partial<WindowRow> => ({
  count: scores.length,
  sumMicro: scores.reduce((sum, micro) => sum + micro, 0),
  sumSqMicro: scores.reduce((sum, micro) => sum + Math.round((micro * micro) / MICRO), 0),
});

const EVERYWHERE = Array.from({ length: SUBJECT_BUCKETS }, (_, bucket) => bucket);
const spread = (random: Random, events: number, over: readonly number[] = EVERYWHERE): number[] => {
  const buckets = EVERYWHERE.map(() => 0);
  for (let i = 0; i < events; i++) buckets[over[Math.floor(random() * over.length)]!]! += 1;
  return buckets;
};

type Row = ReturnType<typeof rowMaker>;

const rowsOf = (random: Random, part: Part, slice: string, row: Row): WindowRow[] => {
  const answers = part.requests - part.errors;
  return [
    row('error_rate', rateStats(part.requests, part.errors, part.buckets), slice),
    row('task_success', rateStats(answers, answers - part.failures, spread(random, part.failures)), slice),
    row('quality', scoreStats(part.scores), slice),
  ];
};

const measuresOf = (random: Random, answers: number, { slower, dearer, loops }: Service, row: Row): WindowRow[] => {
  const looping = loops === 0 ? 0 : binomial(random, answers, loops);
  const usual = drawBins(random, answers - looping, slower * dearer);
  const cost = looping === 0 ? usual : mergeBins(usual, drawBins(random, looping, LOOP_FACTOR * dearer));
  return [row('latency', binStats(drawBins(random, answers, slower))), row('cost', binStats(cost))];
};

/**
 * The rows of a slot, one after the other from that of the first in the rollout on; the same seed gives the same.
 */
export const createService = ({ world, rate, changed, on, fromSlot }: Setting, seed: number) => {
  const random = mulberry32(seed);
  const now = nowOf(world, random);
  return (slot: number): WindowRow[] => {
    const weightPct = weightPctAt(slot);
    const { rates, quality, slower, volume, errorsIn } = now(slot, weightPct);
    const how = { isBursty: world === 'bursty', errorsIn };
    const of = (slice: string): Service => {
      const is = { ...USUAL, ...(slot >= fromSlot && (on === null || on === slice) ? changed : {}) };
      return {
        ...is,
        error: is.error * rates,
        failure: is.failure * rates,
        quality: is.quality + quality,
        slower: is.slower * slower,
      };
    };
    const requests = Math.round((rate * SLOT_MINUTES * volume * weightPct) / 100);
    const judged = Math.min(requests, JUDGED * SLOT_MINUTES);
    const [de, judgedDe] = [binomial(random, requests, DE_SHARE), binomial(random, judged, DE_SHARE)];
    const parts = [
      drawPart(random, de, judgedDe, of(SLICES[0]), how),
      drawPart(random, requests - de, judged - judgedDe, of(SLICES[1]), how),
    ] as const;
    const [view, arm] = slot < 0 ? ([ROLLOUT, 'candidate'] as const) : ([SERVED, 'stable'] as const);
    const row = rowMaker(view, { name: arm, version: VERSION }, (slot + ROLLOUT_SLOTS) * SLOT_MS, SLOT_MS);
    const whole = joined(...parts);
    return [
      ...rowsOf(random, whole, ALL, row),
      ...parts.flatMap((part, i) => rowsOf(random, part, SLICES[i]!, row)),
      ...measuresOf(random, whole.requests - whole.errors, of(SLICES[1]), row),
    ];
  };
};
