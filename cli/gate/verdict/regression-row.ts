import { type GateRow, isBeyond, MAX_MISSING_SHARE, type Outcome } from './gate-row.ts';
import type { Regression } from './regression.ts';
import { type Finding, regressionSentence } from './regression-words.ts';
import { holmAdjusted } from '../statistics/holm.ts';
import type { SignFlip } from '../statistics/sign-flip.ts';

const VERDICT_OF: Readonly<Record<Finding, Outcome>> = {
  'no baseline': 'inconclusive',
  'nothing compared': 'inconclusive',
  'real drop': 'fail',
  'flips between repeats': 'inconclusive',
  'too many missing': 'inconclusive',
  'applies less': 'inconclusive',
  'too few': 'inconclusive',
  'perhaps chance': 'pass',
  within: 'pass',
};

/** Whether a drop is too much; `null`: some repeats say so and others don't. */
const isTooMuch = ({ ask, dropPct, drops }: Regression): boolean | null => {
  const all = [dropPct ?? 0, ...drops].map((drop) => isBeyond(drop, ask.threshold));
  return new Set(all).size > 1 ? null : all[0]!;
};

type Judged = { regression: Regression; p: number; appliesP: number };

/** Whether a drop is real is asked of all repeats together, whether it is too much of each. What is proven stands, whatever is missing. */
const findingOf = ({ regression, p, appliesP }: Judged, alpha: number, needed: number): Finding => {
  const { ask, slice, counts } = regression;
  const { used, questions, missing, onlyBaseline, onlyCandidate, clusters } = counts;
  if (!regression.hasBaseline) return 'no baseline';
  const tooMuch = isTooMuch(regression);
  if (p <= alpha && tooMuch !== false) return tooMuch ? 'real drop' : 'flips between repeats';
  if (missing > MAX_MISSING_SHARE * questions) return used === 0 ? 'nothing compared' : 'too many missing';
  if (used === 0) return 'nothing compared';
  if (appliesP <= alpha && onlyBaseline - onlyCandidate > ask.appliesLoss * questions) return 'applies less';
  const exceeds = isBeyond(regression.dropPct ?? 0, ask.threshold);
  if (clusters < needed && (slice === null || exceeds)) return 'too few';
  return exceeds ? 'perhaps chance' : 'within';
};

/** All questions share one half of α and the slices the other, so that slices, however many, take no more than half from the whole. */
const kindOf = ({ slice }: Pick<Regression, 'slice'>): 'whole' | 'slice' => (slice === null ? 'whole' : 'slice');

type Test = SignFlip & { kind: 'whole' | 'slice' };

/**
 * Adjusted p-values of those tests that can reject at all. What is left out could not be rejected whatever the signs of its losses, and is
 * known without looking at these: it takes no share of α from the others (Tarone 1990, Biometrics 46, 515–522, on discrete tests).
 */
const adjusted = (tests: readonly Test[], alpha: number): number[] => {
  const canReject = tests.flatMap((test, at) => (test.leastP <= alpha ? [{ at, ...test }] : []));
  const countOf = (kind: Test['kind']): number => canReject.filter((test) => test.kind === kind).length;
  const counts = { whole: countOf('whole'), slice: countOf('slice') };
  const ps = holmAdjusted(canReject.map(({ p, kind }) => ({ p, weight: 1 / counts[kind] })));
  const all = tests.map(({ p }) => p);
  for (const [place, { at }] of canReject.entries()) all[at] = ps[place]!;
  return all;
};

/** With fewer clusters than this not even a drop in all of them could be told from chance beside as many other comparisons. */
const neededClusters = (regressions: readonly Regression[], kind: Test['kind'], alpha: number): number => {
  const alike = regressions.filter((one) => kindOf(one) === kind).length;
  const share = alike < regressions.length ? 2 : 1;
  return Math.ceil(Math.log2((share * alike) / alpha));
};

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

/** The rows of all comparisons of a gate, which share one α. */
export const regressionRows = (regressions: readonly Regression[], alpha: number): GateRow[] => {
  const testsOf = (test: 'worse' | 'applies'): Test[] =>
    regressions.map((regression) => ({ ...regression[test], kind: kindOf(regression) }));
  const ps = adjusted([...testsOf('worse'), ...testsOf('applies')], alpha);
  return regressions.map((regression, i): GateRow => {
    const judged = { regression, p: ps[i]!, appliesP: ps[regressions.length + i]! };
    const needed = neededClusters(regressions, kindOf(regression), alpha);
    const finding = findingOf(judged, alpha, needed);
    const { slice, candidate, baseline, dropPct, counts, worst } = regression;
    const { name, isCheck, asked, threshold } = regression.ask;
    const p = finding === 'applies less' ? judged.appliesP : judged.p;
    return {
      name,
      isCheck,
      asked,
      threshold,
      slice,
      candidate,
      baseline,
      difference: candidate === null || baseline === null ? null : candidate - baseline,
      dropPct: finite(dropPct),
      p: judged.p,
      counts,
      verdict: VERDICT_OF[finding],
      sentence: regressionSentence(regression, finding, { p, needed }),
      worst,
    };
  });
};
