import type { SeriesPoint } from '../../schemas/store-api.ts';
import { shareText } from '../../schemas/sentence/figures.ts';

type Points = Pick<SeriesPoint, 'startMs' | 'count' | 'sum'>;
/** The series of one metric, as `/v1/windows` tells them. */
type Told = { series: readonly { points: readonly Points[] }[] };

/** Of a time: what part of the answers the judge meant to score, by rules and by models, and what part was mirrored as well. */
export type Sampled = {
  timesMs: number[];
  rules: (number | null)[];
  models: (number | null)[];
  mirrored: (number | null)[];
};

/** Windows may be of a second, in which hardly anything is said. */
const POINT_MS = 60_000;
/** What is called lately. */
const LATELY_POINTS = 3;

/** By minute: sums over all arms and versions. */
const totals = ({ series }: Told): Map<number, { count: number; sum: number }> => {
  const byTime = new Map<number, { count: number; sum: number }>();
  for (const { startMs, count, sum } of series.flatMap(({ points }) => points)) {
    const minuteMs = Math.floor(startMs / POINT_MS) * POINT_MS;
    const before = byTime.get(minuteMs) ?? { count: 0, sum: 0 };
    byTime.set(minuteMs, { count: before.count + count, sum: before.sum + sum });
  }
  return byTime;
};

const shareOf = (part: number | undefined, whole: number | undefined): number | null =>
  part === undefined || whole === undefined || whole === 0 ? null : part / whole;

/**
 * @param live what the judge said of live answers: 1 of each that it meant to score, 0 of each that it left out
 * @param models likewise of those that are planned for judge models
 * @param shadows what it said of shadows
 */
export const sampledOf = (live: Told, models: Told, shadows: Told): Sampled => {
  const [byRules, byModels, ofShadows] = [totals(live), totals(models), totals(shadows)];
  const timesMs = [...byRules.keys()].sort((a, b) => a - b);
  return {
    timesMs,
    rules: timesMs.map((at) => shareOf(byRules.get(at)?.sum, byRules.get(at)?.count)),
    models: timesMs.map((at) => shareOf(byModels.get(at)?.sum, byModels.get(at)?.count)),
    mirrored: timesMs.map((at) => shareOf(ofShadows.get(at)?.count, byRules.get(at)?.count)),
  };
};

const meanOf = (shares: readonly (number | null)[]): number | null => {
  const known = shares.slice(-LATELY_POINTS).flatMap((share) => share ?? []);
  return known.length === 0 ? null : known.reduce((sum, share) => sum + share, 0) / known.length;
};

/** How it was in the last minutes, in words. */
export const sampledText = ({ rules, models, mirrored }: Sampled): string => {
  const [byRules, byModels, shadowed] = [rules, models, mirrored].map(meanOf);
  if (byRules == null) return 'The judge has said nothing of its answers in the last hour.';
  const all = byRules === 1 && (byModels ?? 1) === 1;
  const ofModels = byModels == null ? '' : ` and ${shareText(byModels)} of those planned for judge models`;
  const behind = all ? '' : ', as it is behind';
  return `Lately the judge scores ${shareText(byRules)} of the answers${ofModels}${behind}. ${
    shadowed == null ? 'Nothing is mirrored.' : `${shareText(shadowed)} are mirrored.`
  }`;
};
