import { metricOrRubric } from '../../schemas/metrics.ts';
import type { Repeats } from './bound-row.ts';
import type { CasePair } from './case-pairs.ts';
import { type Counts, worstOf } from './gate-row.ts';
import { meanOf, type Reading, readingOf } from './reading.ts';
import type { SliceGroup } from './slice-groups.ts';
import { comparePairs, lossOf } from './statistics/paired-comparison.ts';
import { signFlipTest, type SignFlip } from './statistics/sign-flip.ts';

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

/**
 * How values are averaged and compared: as they are; or, of measures whose tail matters (`latency`), by their logarithms, so that means
 * are geometric, a drop is that of the typical question, and one answer that took a minute does not drown all others. What is
 * paid by amount (cost, tokens) is compared as it is.
 */
const scaleOf = ({ name, isCheck }: RegressionAsk) =>
  isCheck || metricOrRubric(name).quantile === null
    ? { to: (value: number): number => value, from: (mean: number): number => mean }
    : { to: (value: number): number => Math.log(Math.max(LEAST, value)), from: Math.exp };

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
): number[] =>
  Array.from({ length: repeats }, (_, repeat) => {
    const both = cases.flatMap(({ own, other }): [number, number][] => {
      const [candidate, baseline] = [own.byRepeat[repeat] ?? null, other.byRepeat[repeat] ?? null];
      return candidate === null || baseline === null ? [] : [[candidate, baseline]];
    });
    if (both.length === 0) return [];
    const [candidate, baseline] = [
      from(meanOf(both.map(([own]) => own))),
      from(meanOf(both.map(([, other]) => other))),
    ];
    return [dropPctOf(better, candidate, baseline)];
  }).flat();

/** Losing what a metric applies to is a loss by clusters as well: the answer to a question that it no longer speaks of may be anything. */
const appliesTest = (cases: readonly Compared[]): SignFlip => {
  const losses = new Map<string, number>();
  for (const { cluster, own, other } of cases) {
    const loss = Number(other.mean !== null) - Number(own.mean !== null);
    losses.set(cluster, (losses.get(cluster) ?? 0) + loss);
  }
  return signFlipTest([...losses.values()]);
};

/**
 * Both sides as often: the mean of more repeats varies less, so that the two of a pair could not as well be the other way round. Null
 * where the metric says nothing of any question of a slice, on either side.
 */
export const compareGroup = (ask: RegressionAsk, group: SliceGroup, repeats: Repeats): Regression | null => {
  const common = Math.min(repeats.candidate, repeats.baseline);
  const { to, from } = scaleOf(ask);
  const better = betterOf(ask);
  const all = group.cases.map((one): Compared => {
    const [own, other] = [
      readingOf(one.candidate, ask.name, common, to),
      readingOf(one.baseline, ask.name, common, to),
    ];
    return { ...one, own, other };
  });
  const whole = all.filter(({ own, other }) => !own.isMissing && !other.isMissing);
  const missing = all.length - whole.length;
  const used = all.flatMap(({ caseId, cluster, own, other }) =>
    own.mean === null || other.mean === null ? [] : [{ caseId, cluster, candidate: own.mean, baseline: other.mean }],
  );
  const counts = {
    questions: all.length,
    used: used.length,
    clusters: new Set(used.map(({ cluster }) => cluster)).size,
    missing,
    onlyBaseline: whole.filter(({ own, other }) => own.mean === null && other.mean !== null).length,
    onlyCandidate: whole.filter(({ own, other }) => own.mean !== null && other.mean === null).length,
  };
  if (group.slice !== null && counts.used + missing + counts.onlyBaseline + counts.onlyCandidate === 0) return null;
  const hasBaseline = repeats.baseline > 0;
  const found = {
    ask,
    slice: group.slice,
    counts,
    hasBaseline,
    applies: ask.appliesLoss < 1 ? appliesTest(whole) : UNTESTED,
  };
  if (used.length === 0)
    return {
      ...found,
      candidate: null,
      baseline: null,
      dropPct: null,
      drops: [],
      worse: UNTESTED,
      worst: [],
    };
  const { p, leastP, ...means } = comparePairs(used, better);
  const [candidate, baseline] = [from(means.candidate), from(means.baseline)];
  return {
    ...found,
    candidate,
    baseline,
    dropPct: dropPctOf(better, candidate, baseline),
    drops: dropsOf(better, from, all, common),
    worse: { p, leastP },
    worst: worstOf(
      used.map(({ caseId, candidate, baseline }) => ({ caseId, badness: lossOf(better, candidate, baseline) })),
    ),
  };
};
