import { quantile } from '../../schemas/sketch.ts';
import type { Series, SeriesPoint } from '../../schemas/store-api.ts';
import { MICRO } from '../../schemas/window.ts';
import { mergedBins } from './packed-bins.ts';

export const MAX_POINTS = 500;

/** Windows of one arm and version that begin within one point, summed; sums in millionths. */
export type SummedWindows = {
  /** Numbers of names. */
  arm: number;
  version: number;
  startMs: number;
  endMs: number;
  count: number;
  sum: number;
  min: number | null;
  max: number | null;
  errors: number;
  notApplicable: number;
  worse: number;
  better: number;
  /** Their sketches behind each other; null where none has any. */
  bins: string | null;
};

/** How long a point is, so that a span has no more than may be drawn: a whole number of windows. */
export const pointWidthMs = (span: { fromMs: number; untilMs: number; windowMs: number }): number => {
  const { fromMs, untilMs, windowMs } = span;
  // One more than the span needs, since points begin at multiples of their width.
  const windows = Math.ceil((untilMs - fromMs) / windowMs);
  return windowMs * Math.max(1, Math.ceil(windows / (MAX_POINTS - 1)));
};

const pointOf = ({ arm: _arm, version: _version, sum, bins, ...sums }: SummedWindows): SeriesPoint => {
  const merged = mergedBins(bins ?? '');
  const at = (q: number): number | null => quantile(merged, q) ?? null;
  const inUnit = (micro: number | null): number | null => (micro === null ? null : micro / MICRO);
  return {
    ...sums,
    min: inUnit(sums.min),
    max: inUnit(sums.max),
    sum: sum / MICRO,
    mean: sums.count === 0 ? null : sum / MICRO / sums.count,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
  };
};

/** Points by arm and version in order of time; sums and sketches merge exactly. */
export const seriesOf = (summed: readonly SummedWindows[], nameOf: (no: number) => string): Series[] => {
  const arms = Map.groupBy(summed, ({ arm, version }) => `${arm} ${version}`);
  const named = [...arms.values()].map((points) => ({
    arm: nameOf(points[0]!.arm),
    version: nameOf(points[0]!.version),
    points: points.map(pointOf),
  }));
  return named.sort((a, b) => (JSON.stringify([a.arm, a.version]) < JSON.stringify([b.arm, b.version]) ? -1 : 1));
};
