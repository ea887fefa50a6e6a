import { countText, timeText } from '../../schemas/sentence/figures.ts';
import type { SideSummary } from './gate-result.ts';
import { isReply } from './reply.ts';
import type { Scored } from './scoring.ts';
import { TargetError } from './target/target.ts';

/** How asking one side went. `kept`: answers that an earlier run had. */
export const summaryOf = (name: string, scored: readonly Scored[], kept: number): SideSummary => {
  const replies = scored.flatMap(({ asked: { answered } }) => (isReply(answered) ? [answered] : []));
  const costs = scored.flatMap(({ exchange }) =>
    exchange === null || exchange.costUsd === null ? [] : [exchange.costUsd],
  );
  return {
    name,
    answers: scored.length,
    failed: scored.length - replies.filter(({ outcome }) => outcome === 'ok').length,
    kept,
    retried: replies.filter(({ attempts }) => attempts > 1).length,
    costUsd: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
    versions: [...new Set(replies.map(({ version }) => version).filter(Boolean))].toSorted(),
  };
};

/** Answers of two versions are nobody's: a deployment came between, or the address is that of several. */
export const refuseMixed = ({ name, versions }: SideSummary): void => {
  if (versions.length > 1)
    throw new TargetError(
      `${name} answered as ${versions.join(' and as ')}: another version was deployed meanwhile, or several answer there; ask one of them, with --fresh`,
    );
};

/** What a reader should know of how one side was asked. */
export const remarksOf = (
  who: 'candidate' | 'baseline',
  { answers, kept, retried }: SideSummary,
  keptForMs: number,
): string[] => [
  ...(kept > 0
    ? [
        `${kept === answers ? 'all' : countText(kept)} of the ${who}'s ${countText(answers)} answers were asked for before, ${timeText(keptForMs)} ago (--fresh asks anew)`,
      ]
    : []),
  ...(retried > 0
    ? [`${countText(retried)} of the ${who}'s ${countText(answers)} answers took more than one try`]
    : []),
];
