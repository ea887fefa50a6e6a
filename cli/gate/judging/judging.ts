import pLimit from 'p-limit';
import { answersOf, type Subject } from '../../../judge/answers/scorable-answer.ts';
import type { Judged, Scored as JudgedOne } from '../../../judge/score-sheet.ts';
import { type Amount, NOTHING, sum } from '../../../judge/models/spend.ts';
import { pairOf } from '../exchange.ts';
import type { Panel } from './judge-panel.ts';
import { type Scored, valueOfFinding } from '../scoring.ts';

/** One question's answers in one repeat, as far as they are there. */
export type Sides = { candidate: Scored | null; baseline: Scored | null };

type Side = keyof Sides;
/** A subject for the judge, and whose each of its findings is. */
type Hearing = { subject: Subject; own: Scored; other: Scored | null };

const isWhole = ({ exchange }: Scored): boolean => exchange?.outcome === 'ok';

const alone = (scored: Scored | null): Hearing[] => {
  if (scored === null || scored.exchange === null) return [];
  return [{ subject: { exchange: scored.exchange, shadow: null }, own: scored, other: null }];
};

/** Both answers are put before the same judge at once, as it is done with a shadow; an answer without its counterpart by itself. */
const hearingsOf = ({ candidate, baseline }: Sides): Hearing[] => {
  const own = candidate?.exchange;
  const other = baseline?.exchange;
  if (!candidate || !baseline || !own || !other || !isWhole(candidate) || !isWhole(baseline))
    return [...alone(candidate), ...alone(baseline)];
  return [{ subject: pairOf(own, other), own: candidate, other: baseline }];
};

/** What asking every first judge once would come to: no verdict is left to the next judge, and none was given before. */
export const estimateOf = ({ metrics }: Panel, all: readonly Sides[]): Amount & { questions: number } => {
  let total = NOTHING;
  let questions = 0;
  for (const { subject } of all.flatMap(hearingsOf)) {
    const { live, shadow } = answersOf(subject);
    for (const metric of metrics) {
      const [first] = metric.stages(live, shadow);
      if (first === undefined || first.estimate.tokens === 0) continue;
      total = sum(total, first.estimate);
      questions += 1;
    }
  }
  return { ...total, questions };
};

const withFinding = (scored: Scored, { finding }: JudgedOne): Scored => {
  const { metric, ...found } = finding;
  return {
    ...scored,
    values: { ...scored.values, [metric]: valueOfFinding(found) },
    reasons: { ...scored.reasons, [metric]: found.reason },
  };
};

/** The pair could not be judged, for the baseline's answer: the candidate's own is judged by itself. */
const isLeft = (judged: readonly Judged[]): boolean =>
  judged.some(({ scored, live }) => scored.finding.status !== 'scored' && live?.finding.status !== 'scored');

export type JudgingDeps = {
  concurrency: number;
  maxUsd: number;
  signal: AbortSignal;
  onProgress: (progress: { done: number; total: number; usd: number }) => void;
};

export class BudgetError extends Error {}

const usdOf = (judged: readonly Judged[]): number =>
  judged.reduce((usd, { scored, live }) => usd + scored.scorer.costUsd + (live?.scorer.costUsd ?? 0), 0);

/** Puts answers before the models, and gives them back with what these say. Rejects with a BudgetError once more was spent than may be. */
export const judgeAll = async (
  { scoring }: Panel,
  all: readonly Sides[],
  { concurrency, maxUsd, signal, onProgress }: JudgingDeps,
): Promise<{ sides: Sides[]; usd: number }> => {
  const progress = { done: 0, total: all.length, usd: 0 };

  const ask = async (subject: Subject): Promise<readonly Judged[]> => {
    signal.throwIfAborted();
    if (progress.usd > maxUsd)
      throw new BudgetError(
        `judging has cost $${progress.usd.toFixed(2)}, more than the $${maxUsd.toFixed(2)} that it may; what was judged is kept for the next run`,
      );
    const { live, shadow } = answersOf(subject);
    const judged = (await Promise.all(scoring.scores(subject, live, shadow))).flat();
    progress.usd += usdOf(judged);
    return judged;
  };

  const hear = async ({ subject, own, other }: Hearing): Promise<{ own: Scored; other: Scored | null }> => {
    const judged = await ask(subject);
    const found = {
      own: judged.reduce((scored, one) => withFinding(scored, one.scored), own),
      other: other && judged.reduce((scored, { live }) => (live === null ? scored : withFinding(scored, live)), other),
    };
    if (other === null || !isLeft(judged)) return found;
    const [again] = alone(found.own);
    return again === undefined ? found : { ...found, own: (await hear(again)).own };
  };

  const judgeOne = async (sides: Sides): Promise<Sides> => {
    const heard = await Promise.all(hearingsOf(sides).map(hear));
    const of = (side: Side): Scored | null => {
      const { asked } = sides[side] ?? {};
      if (asked === undefined) return null;
      const found = heard.flatMap(({ own, other }) => [own, other]).find((one) => one?.asked === asked);
      return found ?? sides[side];
    };
    progress.done += 1;
    onProgress({ ...progress });
    return { candidate: of('candidate'), baseline: of('baseline') };
  };

  const limit = pLimit(concurrency);
  const ended = await Promise.allSettled(all.map((sides) => limit(() => judgeOne(sides))));
  const sides = ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  return { sides, usd: progress.usd };
};
