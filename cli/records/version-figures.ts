import { metricOrRubric } from '../../schemas/metrics.ts';
import { type Bins, mergeBins, quantile } from '../../schemas/sketch.ts';
import { MICRO, type WindowRow, windowKeyText } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';

/** What a version came to in a metric; null where nothing was measured. */
export type Figure = { value: number | null; count: number };

/** One metric of two versions. `change` is relative to the first; `worse` by the metric's own direction. */
export type Compared = { metric: string; one: Figure; other: Figure; change: number | null; worse: boolean };

type Sums = { count: number; sumMicro: number; bins: Bins };
const NOTHING: Sums = { count: 0, sumMicro: 0, bins: [] };

/** A measure's mean says little of it where it is compared by a quantile. */
const figureOf = (metric: string, { count, sumMicro, bins }: Sums): Figure => {
  if (count === 0) return { value: null, count };
  const { quantile: q, better } = metricOrRubric(metric);
  const read = q === null ? undefined : quantile(bins, better === 'lower' ? q : 1 - q);
  return { value: read ?? sumMicro / count / MICRO, count };
};

/** Adds up windows of live answers by version and metric, without slices; each window once, however often it stands in the log. */
export const createFigures = (versions: readonly string[], isOf: (row: WindowRow) => boolean) => {
  const seen = new Set<string>();
  const sums = new Map<string, Sums>();
  const keyOf = (version: string, metric: string): string => JSON.stringify([version, metric]);
  const names = new Set<string>();
  const figure = (version: string, metric: string): Figure =>
    figureOf(metric, sums.get(keyOf(version, metric)) ?? NOTHING);
  return {
    add: (row: WindowRow): void => {
      if (row.kind !== 'live' || row.slice !== ALL || !versions.includes(row.version) || !isOf(row)) return;
      const window = windowKeyText(row);
      if (seen.has(window)) return;
      seen.add(window);
      names.add(row.metric);
      const key = keyOf(row.version, row.metric);
      const { count, sumMicro, bins } = sums.get(key) ?? NOTHING;
      sums.set(key, {
        count: count + row.count,
        sumMicro: sumMicro + row.sumMicro,
        bins: mergeBins(bins, row.bins),
      });
    },
    /** Of all metrics that have a value, what grew worse first. */
    compared: (one: string, other: string): Compared[] =>
      [...names]
        .filter((metric) => metricOrRubric(metric).family !== 'count' && !metricOrRubric(metric).ofJudge)
        .map((metric) => comparedIn(metric, figure(one, metric), figure(other, metric)))
        .filter((row) => row.one.value !== null || row.other.value !== null)
        .toSorted((a, b) => badness(b) - badness(a) || (a.metric < b.metric ? -1 : 1)),
  };
};

const comparedIn = (metric: string, one: Figure, other: Figure): Compared => {
  const isKnown = one.value !== null && other.value !== null;
  const change = isKnown && one.value !== 0 ? (other.value! - one.value!) / one.value! : null;
  const { better } = metricOrRubric(metric);
  const worse = isKnown && (better === 'lower' ? other.value! > one.value! : other.value! < one.value!);
  return { metric, one, other, change, worse };
};

const badness = ({ change, worse, one, other }: Compared): number => {
  const size = change === null ? (one.value === other.value || !worse ? 0 : Infinity) : Math.abs(change);
  return worse ? size : -size;
};
