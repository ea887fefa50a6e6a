import { metricOrRubric } from '../../../schemas/metrics.ts';
import type { CasePair, Repeats } from './case-pairs.ts';
import { type Counts, worstOf } from './gate-row.ts';
import { meanOf, type Reading, readingOf } from '../reading.ts';
import type { SliceGroup } from './slice-groups.ts';
import { comparePairs, lossOf } from '../statistics/paired-comparison.ts';
import { signFlipTest, type SignFlip } from '../statistics/sign-flip.ts';

/** What one `maxDropPct` asks. */
export type RegressionAsk = {
  name: string;
  isCheck: boolean;
  asked: 'maxDropPct';
  threshold: number;
  appliesLoss: number;
};

/** One comparison over one group of questions, before it is known how many others there are. */
export type Regression = {
  ask: RegressionAsk;
  slice: SliceGroup['slice'];
  counts: Counts;
  hasBaseline: boolean;
  candidate: number | null;
  baseline: number | null;
  /** In percent; infinite from a baseline of 0. Null where nothing can be compared. */
  dropPct: number | null;
  /** Of each repeat by itself. */
  drops: readonly number[];
  /** Of values, and of whether there are values: that the candidate has no less of them but by chance. */
  worse: SignFlip;
  applies: SignFlip;
  worst: readonly string[];
};

type Compared = CasePair & { own: Reading; other: Reading };
type Better = 'lower' | 'higher';

const UNTESTED: SignFlip = { p: 1, leastP: 1 };

/** A quantity below a thousandth of its unit (a millisecond) is taken as so much: nothing is infinitely faster. */
const LEAST = 1e-3;

/** Whether it is a measure whose tail matters, such as `latency`. What is paid by amount (cost, tokens) is none. */
export const isGeometric = ({ name, isCheck }: Pick<RegressionAsk, 'name' | 'isCheck'>): boolean =>
  !isCheck && metricOrRubric(name).quantile !== null;

/**
 * How values are averaged and compared: as they are; or by their logarithms, so that means are geometric, a drop is that of the typical
 * question, and one answer that took a minute does not drown all others.
 */
const scaleOf = (ask: RegressionAsk) =>
  isGeometric(ask)
    ? { to: (value: number): number => Math.log(Math.max(LEAST, value)), from: Math.exp }
    : { to: (value: number): number => value, from: (mean: number): number => mean };

const betterOf = ({ name, isCheck }: RegressionAsk): Better => (isCheck ? 'higher' : metricOrRubric(name).better);

const dropPctOf = (better: Better, candidate: number, baseline: number): number => {
  const loss = lossOf(better, candidate, baseline);
  return loss === 0 ? 0 : (100 * loss) / Math.abs(baseline);
};

/** Each repeat's own drop, over the questions that have a value on both sides in it. */
const dropsOf = (
  better: Better,
  from: (mean: number) => number,
  cases: readonly Compared[],
  repeats: number,
): number[] => {
  const ofRepeat = (repeat: number): number[] => {
    const both = cases.flatMap(({ own, other }) => {
      const [candidate, baseline] = [own.byRepeat[repeat] ?? null, other.byRepeat[repeat] ?? null];
      return candidate === null || baseline === null ? [] : [{ candidate, baseline }];
    });
    if (both.length === 0) return [];
    const candidate = from(meanOf(both.map(({ candidate }) => candidate)));
    const baseline = from(meanOf(both.map(({ baseline }) => baseline)));
    return [dropPctOf(better, candidate, baseline)];
  };
  return Array.from({ length: repeats }, (_, repeat) => ofRepeat(repeat)).flat();
};

/** Whether the metric applies less often, by clusters as well: the answer to a question that it no longer speaks of may be anything. */
const appliesTest = (cases: readonly Compared[]): SignFlip => {
  const losses = new Map<string, number>();
  for (const { cluster, own, other } of cases) {
    const loss = Number(other.mean !== null) - Number(own.mean !== null);
    losses.set(cluster, (losses.get(cluster) ?? 0) + loss);
  }
  return signFlipTest([...losses.values()]);
};

const isComplete = ({ own, other }: Compared): boolean => !own.isMissing && !other.isMissing;

const countsOf = (all: readonly Compared[], complete: readonly Compared[]): Counts => {
  const used = all.filter(({ own, other }) => own.mean !== null && other.mean !== null);
  return {
    questions: all.length,
    used: used.length,
    clusters: new Set(used.map(({ cluster }) => cluster)).size,
    missing: all.length - complete.length,
    onlyBaseline: complete.filter(({ own, other }) => own.mean === null && other.mean !== null).length,
    onlyCandidate: complete.filter(({ own, other }) => own.mean !== null && other.mean === null).length,
  };
};

const NOTHING = { candidate: null, baseline: null, dropPct: null, drops: [], worse: UNTESTED, worst: [] } as const;

/** Means, drop and test of the questions with a value on both sides; of none there is nothing. */
const valuesOf = (
  ask: RegressionAsk,
  all: readonly Compared[],
  repeats: number,
): Omit<Regression, 'ask' | 'slice' | 'counts' | 'hasBaseline' | 'applies'> => {
  const [better, { from }] = [betterOf(ask), scaleOf(ask)];
  const used = all.flatMap(({ caseId, cluster, own, other }) =>
    own.mean === null || other.mean === null ? [] : [{ caseId, cluster, candidate: own.mean, baseline: other.mean }],
  );
  if (used.length === 0) return NOTHING;
  const { p, leastP, ...means } = comparePairs(used, better);
  const [candidate, baseline] = [from(means.candidate), from(means.baseline)];
  const losses = used.map(({ caseId, candidate, baseline }) => ({
    caseId,
    badness: lossOf(better, candidate, baseline),
  }));
  return {
    candidate,
    baseline,
    dropPct: dropPctOf(better, candidate, baseline),
    drops: dropsOf(better, from, all, repeats),
    worse: { p, leastP },
    worst: worstOf(losses),
  };
};

/**
 * Both sides as often: the mean of more repeats varies less, so that the two of a pair could not as well be the other way round. Null
 * where the metric says nothing of any question of a slice, on either side.
 */
export const compareGroup = (ask: RegressionAsk, { slice, cases }: SliceGroup, repeats: Repeats): Regression | null => {
  const common = Math.min(repeats.candidate, repeats.baseline);
  const { to } = scaleOf(ask);
  const all = cases.map((one): Compared => {
    const [own, other] = [one.candidate, one.baseline].map((side) => readingOf(side, ask.name, common, to));
    return { ...one, own: own!, other: other! };
  });
  const complete = all.filter(isComplete);
  const counts = countsOf(all, complete);
  if (slice !== null && counts.used + counts.missing + counts.onlyBaseline + counts.onlyCandidate === 0) return null;
  const applies = ask.appliesLoss < 1 ? appliesTest(complete) : UNTESTED;
  return { ask, slice, counts, hasBaseline: repeats.baseline > 0, applies, ...valuesOf(ask, all, common) };
};
