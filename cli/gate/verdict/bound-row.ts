import type { BoundName } from '../../../schemas/gate-criterion.ts';
import { metricOrRubric } from '../../../schemas/metrics.ts';
import { percentileText } from '../../../schemas/sentence/figures.ts';
import type { CasePair, Repeats } from './case-pairs.ts';
import { type GateRow, isBeyond, MAX_MISSING_SHARE, type Outcome, worstOf } from './gate-row.ts';
import { type Reading, meanOf, readingOf } from '../reading.ts';
import { amountText, leftOutText, percentText, sizeText, subjectText } from './row-words.ts';
import type { SliceGroup } from './slice-groups.ts';

/** What one bound asks: of a metric, or (`minPct`) of a check. */
export type BoundAsk = { name: string; isCheck: boolean; asked: BoundName | 'minPct'; threshold: number };

const QUANTILES: Readonly<Partial<Record<BoundAsk['asked'], number>>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** What so large a share of the values is as good as, or better (nearest rank). */
const quantileOf = (values: readonly number[], share: number, isHigherBetter: boolean): number =>
  values.toSorted((a, b) => (isHigherBetter ? b - a : a - b))[Math.max(0, Math.ceil(share * values.length) - 1)]!;

const isHigherBetter = ({ name, isCheck }: BoundAsk): boolean => isCheck || metricOrRubric(name).better === 'higher';

/** What the bound is held against. Of a quantile each answer is one value; else each question is one, the mean over its repeats. */
const figureOf = (ask: BoundAsk, readings: readonly Reading[], repeat: number | null): number | null => {
  const quantile = QUANTILES[ask.asked];
  const values = readings.flatMap(({ mean, byRepeat }) =>
    repeat !== null ? [byRepeat[repeat] ?? null] : quantile === undefined ? [mean] : byRepeat,
  );
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return quantile === undefined ? meanOf(known) : quantileOf(known, quantile, isHigherBetter(ask));
};

const limitOf = ({ asked, threshold }: BoundAsk): number => (asked === 'minPct' ? threshold / 100 : threshold);

/** By how much a value is on the wrong side. */
const excessOf = (ask: BoundAsk, value: number): number =>
  isHigherBetter(ask) ? limitOf(ask) - value : value - limitOf(ask);

const isWithin = (ask: BoundAsk, value: number): boolean =>
  isHigherBetter(ask) ? !isBeyond(limitOf(ask), value) : !isBeyond(value, limitOf(ask));

/** All repeats must agree with all of them together: a bound that one keeps and another breaks is not decided. */
const outcomeOf = (ask: BoundAsk, readings: readonly Reading[], repeats: number): Outcome => {
  const each = Array.from({ length: repeats }, (_, repeat) => figureOf(ask, readings, repeat));
  const figures = [figureOf(ask, readings, null), ...each].filter((figure) => figure !== null);
  if (figures.length === 0) return 'inconclusive';
  const within = figures.filter((figure) => isWithin(ask, figure)).length;
  return within === figures.length ? 'pass' : within === 0 ? 'fail' : 'inconclusive';
};

const whatIs = (ask: BoundAsk, value: number): string => {
  if (ask.isCheck) return `holds for ${amountText(ask, value)} of the answers`;
  const isQuantile = QUANTILES[ask.asked] !== undefined;
  return `${isQuantile ? `has a ${percentileText(`${ask.name}_${ask.asked}`)} of` : 'is'} ${amountText(ask, value)}`;
};

const limitText = (ask: BoundAsk): string =>
  ask.asked === 'minPct' ? percentText(ask.threshold) : amountText(ask, ask.threshold);

type Told = Omit<GateRow, 'sentence' | 'worst'>;

const sentenceOf = (ask: BoundAsk, row: Told, within: Outcome): string => {
  const { candidate, counts, verdict } = row;
  const subject = subjectText(row);
  const side = isHigherBetter(ask) ? ['at least', 'below the least allowed,'] : ['at most', 'above the most allowed,'];
  if (candidate === null)
    return `${subject} has no value in any of ${counts.questions} questions${leftOutText(counts)}`;
  const figure = `${subject} ${whatIs(ask, candidate)}`;
  const told =
    within === 'inconclusive'
      ? `${figure}, and is on both sides of ${limitText(ask)} in single repeats; ask more questions, or more often`
      : `${figure}, ${within === 'pass' ? side[0] : side[1]} ${limitText(ask)}`;
  const reason = verdict === 'inconclusive' && within !== 'inconclusive' ? ', which is too many to tell' : '';
  return `${told} ${sizeText(counts)}${leftOutText(counts)}${reason}`;
};

/** Whether there is nothing to say of a slice: the metric has no value there, and none that is missed. */
const isEmpty = (candidate: readonly Reading[], baseline: readonly Reading[]): boolean =>
  [...candidate, ...baseline].every(({ mean, isMissing }) => mean === null && !isMissing);

/** The row of one bound over one group of questions; null where the metric says nothing of any question of a slice. */
export const boundRow = (ask: BoundAsk, group: SliceGroup, repeats: Repeats): GateRow | null => {
  const { slice, cases } = group;
  const read = (one: CasePair, side: 'candidate' | 'baseline'): Reading =>
    readingOf(one[side], ask.name, repeats[side]);
  const [own, other] = [cases.map((one) => read(one, 'candidate')), cases.map((one) => read(one, 'baseline'))];
  if (slice !== null && isEmpty(own, other)) return null;
  const used = cases.filter((_, i) => own[i]!.mean !== null);
  const counts = {
    questions: cases.length,
    used: used.length,
    clusters: new Set(used.map(({ cluster }) => cluster)).size,
    missing: own.filter(({ isMissing }) => isMissing).length,
    onlyBaseline: 0,
    onlyCandidate: 0,
  };
  const within = outcomeOf(ask, own, repeats.candidate);
  const [candidate, baseline] = [figureOf(ask, own, null), figureOf(ask, other, null)];
  const verdict = counts.missing > MAX_MISSING_SHARE * cases.length ? 'inconclusive' : within;
  const difference = candidate === null || baseline === null ? null : candidate - baseline;
  const told = { ...ask, slice, candidate, baseline, difference, dropPct: null, p: null, counts, verdict };
  const bad = cases.map(({ caseId }, i) => {
    const mean = own[i]!.mean;
    return { caseId, badness: mean === null ? 0 : excessOf(ask, mean) };
  });
  return { ...told, sentence: sentenceOf(ask, told, within), worst: worstOf(bad) };
};
