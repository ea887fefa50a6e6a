import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { SLOT_MS } from '../../controller/watching/change-detector.ts';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { betaQuantiles, binomial, poisson, type Random } from './draws.ts';
import { binStats, rateStats, rowMaker } from './rows.ts';
import { drawBins } from './world.ts';

/** A version in service as its windows of five minutes show it, with a slice of which `de` is a fifth of the requests. */
const VIEW = { agent: 'simulated', rollout: '', sequence: 1 } as Parameters<typeof rowMaker>[0];
export const VERSION = 'v1';
export const SLICES = ['language=de', 'language=en'] as const;
const DE_SHARE = 0.2;
export const SLOT_MINUTES = SLOT_MS / 60_000;
const DAY_MINUTES = 1_440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
/** Judged answers a minute. */
const JUDGED = 20;

const USUAL = { error: 0.01, failure: 0.05, quality: 0.94, slower: 1 };
export type Service = typeof USUAL;
/** Of a single score: mostly good, now and then bad. */
const SCORE_VARIANCE = 0.0144;

export const WORLDS = ['iid', 'drift', 'bursty', 'sticky', 'daily-30', 'daily-60', 'weekend-60'] as const;
export type ServiceWorldName = (typeof WORLDS)[number];

/**
 * - `iid`: nothing changes.
 * - `drift`: waves of four hours: rates by ±30 %, scores by ±.02, latencies by ±10 %.
 * - `bursty`: half of all errors are one user's retries, a dozen within three minutes.
 * - `sticky`: 80 of 2,000 users have nearly all errors, and each hour another half of all users is there.
 * - `daily-30`, `daily-60`: rates go up and down with the hour by ±30 or ±60 %, scores by ±.02 or ±.04, and there are three times as many requests by day as by night.
 * - `weekend-60`: on two of seven days rates are 60 % higher, and scores lower by .04.
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
const STEADY: Now = { rates: 1, quality: 0, slower: 1, volume: 1, errorsIn: null };

const FRAIL_USERS = 80;

const createFrail = (random: Random): ((slot: number) => Now) => {
  const bucketOf = Array.from({ length: FRAIL_USERS }, () => Math.floor(random() * SUBJECT_BUCKETS));
  let errorsIn: readonly number[] = bucketOf;
  return (slot) => {
    if ((slot * SLOT_MINUTES) % 60 === 0) errorsIn = bucketOf.filter(() => random() < 0.5);
    return { ...STEADY, rates: (2 * errorsIn.length) / FRAIL_USERS, errorsIn };
  };
};

const nowOf = (world: ServiceWorldName, random: Random): ((slot: number) => Now) => {
  const phase = random();
  const wave = (slot: number, periodMinutes: number): number =>
    Math.sin(2 * Math.PI * ((slot * SLOT_MINUTES) / periodMinutes + phase));
  switch (world) {
    case 'drift':
      return (slot) => {
        const w = wave(slot, 240);
        return { ...STEADY, rates: 1 + 0.3 * w, quality: -0.02 * w, slower: Math.exp(0.1 * w) };
      };
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
        (slot * SLOT_MINUTES) % WEEK_MINUTES < 5 * DAY_MINUTES ? STEADY : { ...STEADY, rates: 1.6, quality: -0.04 };
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

/** The rows of a slot, one after the other; the same seed gives the same. */
export const createService = ({ world, rate, changed, on, fromSlot }: Setting, seed: number) => {
  const random = mulberry32(seed);
  const now = nowOf(world, random);
  return (slot: number): WindowRow[] => {
    const { rates, quality, slower, volume, errorsIn } = now(slot);
    const how = { isBursty: world === 'bursty', errorsIn };
    const of = (slice: string): Service => {
      const is = { ...USUAL, ...(slot >= fromSlot && (on === null || on === slice) ? changed : {}) };
      return {
        error: is.error * rates,
        failure: is.failure * rates,
        quality: is.quality + quality,
        slower: is.slower * slower,
      };
    };
    const requests = Math.round(rate * SLOT_MINUTES * volume);
    const judged = Math.min(requests, JUDGED * SLOT_MINUTES);
    const [de, judgedDe] = [binomial(random, requests, DE_SHARE), binomial(random, judged, DE_SHARE)];
    const parts = [
      drawPart(random, de, judgedDe, of(SLICES[0]), how),
      drawPart(random, requests - de, judged - judgedDe, of(SLICES[1]), how),
    ] as const;
    const row = rowMaker(VIEW, { name: 'stable', version: VERSION }, slot * SLOT_MS, SLOT_MS);
    const rowsOf = (part: Part, slice: string): WindowRow[] => [
      row('error_rate', rateStats(part.requests, part.errors, part.buckets), slice),
      row(
        'task_success',
        rateStats(
          part.requests - part.errors,
          part.requests - part.errors - part.failures,
          spread(random, part.failures),
        ),
        slice,
      ),
      row('quality', scoreStats(part.scores), slice),
    ];
    const whole = joined(...parts);
    return [
      ...rowsOf(whole, ALL),
      ...parts.flatMap((part, i) => rowsOf(part, SLICES[i]!)),
      row('latency', binStats(drawBins(random, whole.requests - whole.errors, of(SLICES[1]).slower))),
    ];
  };
};
