import { type Bins, mergeBins } from '../../schemas/sketch.ts';
import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';

/** Values that stable's answers had of one metric. */
export type SeenValues = { count: number; notApplicable: number; sum: number; squares: number; bins: Bins };

/** A stretch of an agent's traffic, whatever rollouts there were. */
type Stretch = {
  fromMs: number;
  throughMs: number;
  /** Of all arms, as far as weights could draw them. */
  requests: number;
  metrics: ReadonlyMap<string, SeenValues>;
};

/**
 * What an agent's traffic is like of late: how much there is, and what stable's answers are worth. It is what an estimate of a rollout's time
 * is made of, before it starts as well; no verdict rests on it. Between one and two stretches are kept.
 */
export type RecentTraffic = { older: Stretch | null; newer: Stretch | null; windowMs: number };

export const NO_TRAFFIC: RecentTraffic = { older: null, newer: null, windowMs: 0 };

const STRETCH_MS = 24 * 3_600_000;
const REQUESTS = 'error_rate';
const NO_VALUES: SeenValues = { count: 0, notApplicable: 0, sum: 0, squares: 0, bins: [] };

/** The traffic after more of an agent's rows: live ones without slice. */
export const stepTraffic = (before: RecentTraffic, rows: readonly WindowRow[]): RecentTraffic => {
  const live = rows.filter((row) => row.kind === 'live' && row.slice === ALL);
  return live.reduce(addWindow, before);
};

const addWindow = ({ older, newer, windowMs }: RecentTraffic, row: WindowRow): RecentTraffic => {
  const isFull = newer !== null && row.startMs >= newer.fromMs + STRETCH_MS;
  const into = newer === null || isFull ? newStretch(row.startMs) : newer;
  return {
    older: isFull ? newer : older,
    newer: addRow(into, row),
    windowMs: Math.max(windowMs, row.endMs - row.startMs),
  };
};

const newStretch = (fromMs: number): Stretch => ({ fromMs, throughMs: fromMs, requests: 0, metrics: new Map() });

const addRow = (stretch: Stretch, row: WindowRow): Stretch => {
  const counted = row.metric === REQUESTS ? stretch.requests + row.count : stretch.requests;
  const next = { ...stretch, requests: counted, throughMs: Math.max(stretch.throughMs, row.endMs) };
  if (row.arm !== 'stable') return next;
  const seen = stretch.metrics.get(row.metric) ?? NO_VALUES;
  const values: SeenValues = {
    count: seen.count + row.count,
    notApplicable: seen.notApplicable + row.notApplicable,
    sum: seen.sum + row.sumMicro / MICRO,
    squares: seen.squares + row.sumSqMicro / MICRO,
    bins: mergeBins(seen.bins, row.bins),
  };
  return { ...next, metrics: new Map(stretch.metrics).set(row.metric, values) };
};

const stretchesOf = ({ older, newer }: RecentTraffic): Stretch[] =>
  [older, newer].filter((stretch) => stretch !== null);

/** Null before any request. */
export const requestsPerMinute = (traffic: RecentTraffic): number | null => {
  const stretches = stretchesOf(traffic);
  const requests = stretches.reduce((sum, stretch) => sum + stretch.requests, 0);
  const spanMs = (stretches.at(-1)?.throughMs ?? 0) - (stretches[0]?.fromMs ?? 0);
  return requests === 0 || spanMs <= 0 ? null : (60_000 * requests) / spanMs;
};

/** What stable's answers had of a metric; null where nothing spoke of it. */
export const seenValues = (traffic: RecentTraffic, rows: string): SeenValues | null => {
  const found = stretchesOf(traffic).flatMap(({ metrics }) => metrics.get(rows) ?? []);
  if (found.length === 0) return null;
  return found.reduce((sum, one) => ({
    count: sum.count + one.count,
    notApplicable: sum.notApplicable + one.notApplicable,
    sum: sum.sum + one.sum,
    squares: sum.squares + one.squares,
    bins: mergeBins(sum.bins, one.bins),
  }));
};
