import { quantile } from '../../schemas/sketch.ts';
import type { Series, SeriesPoint } from '../../schemas/store-api.ts';
import { MICRO } from '../../schemas/window.ts';
import { addBins, type BinCounts, binsOf, noBins } from './packed-bins.ts';

export const MAX_POINTS = 500;

/** A window as the store has it; sums in millionths. */
export type StoredWindow = {
  /** Numbers of names. */
  arm: number;
  version: number;
  at: number;
  end_at: number;
  count: number;
  sum: number;
  min: number | null;
  max: number | null;
  errors: number;
  not_applicable: number;
  worse: number;
  better: number;
  bins: Uint8Array | null;
};

/** How long a point is, so that a span has no more than may be drawn: a whole number of windows. */
export const pointWidthMs = (span: { fromMs: number; untilMs: number; windowMs: number }): number => {
  const { fromMs, untilMs, windowMs } = span;
  // One more than the span needs, since points begin at multiples of their width.
  const windows = Math.ceil((untilMs - fromMs) / windowMs);
  return windowMs * Math.max(1, Math.ceil(windows / (MAX_POINTS - 1)));
};

type Sums = Omit<SeriesPoint, 'sum' | 'mean' | 'p50' | 'p95' | 'p99'> & { sumMicro: number; bins: BinCounts };

const NOTHING = {
  count: 0,
  sumMicro: 0,
  min: null,
  max: null,
  errors: 0,
  notApplicable: 0,
  worse: 0,
  better: 0,
};

const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));
const most = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));

const add = (sums: Sums, window: StoredWindow): void => {
  sums.endMs = Math.max(sums.endMs, window.end_at);
  sums.count += window.count;
  sums.sumMicro += window.sum;
  sums.min = least(sums.min, window.min);
  sums.max = most(sums.max, window.max);
  sums.errors += window.errors;
  sums.notApplicable += window.not_applicable;
  sums.worse += window.worse;
  sums.better += window.better;
  if (window.bins !== null) sums.bins = addBins(sums.bins, window.bins);
};

const pointOf = ({ sumMicro, bins, ...sums }: Sums): SeriesPoint => {
  const merged = binsOf(bins);
  const at = (q: number): number | null => quantile(merged, q) ?? null;
  const inUnit = (micro: number | null): number | null => (micro === null ? null : micro / MICRO);
  return {
    ...sums,
    min: inUnit(sums.min),
    max: inUnit(sums.max),
    sum: sumMicro / MICRO,
    mean: sums.count === 0 ? null : sumMicro / MICRO / sums.count,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  };
};

/** The windows by arm and version, those of one width together: sums and sketches merge exactly. */
export const seriesOf = (
  windows: Iterable<StoredWindow>,
  widthMs: number,
  nameOf: (no: number) => string,
): Series[] => {
  const arms = new Map<string, { arm: number; version: number; points: Map<number, Sums> }>();
  for (const window of windows) {
    const { arm, version, at } = window;
    const key = `${arm} ${version}`;
    const found = arms.get(key) ?? { arm, version, points: new Map<number, Sums>() };
    arms.set(key, found);
    const startMs = Math.floor(at / widthMs) * widthMs;
    const sums = found.points.get(startMs) ?? { ...NOTHING, startMs, endMs: startMs, bins: noBins() };
    found.points.set(startMs, sums);
    add(sums, window);
  }
  const named = [...arms.values()].map(({ arm, version, points }) => ({
    arm: nameOf(arm),
    version: nameOf(version),
    points: [...points.values()].sort((a, b) => a.startMs - b.startMs).map(pointOf),
  }));
  return named.sort((a, b) => (JSON.stringify([a.arm, a.version]) < JSON.stringify([b.arm, b.version]) ? -1 : 1));
};
