import { countText, timeText } from '../../../schemas/sentence/figures.ts';
import type { GateResult, SideSummary } from '../gate-result.ts';

export const usdText = (usd: number): string =>
  usd === 0 ? '$0' : `$${usd < 0.01 ? usd.toPrecision(2) : usd.toFixed(2)}`;

const agentCost = (who: string, { costUsd }: SideSummary): string[] =>
  costUsd === null ? [] : [`${who} ${usdText(costUsd)}`];

/** What the agents' own answers cost, and apart from it what judging them did. */
export const costLines = ({ candidate, baseline, judge }: GateResult): string[] => {
  const agents = [...agentCost('candidate', candidate), ...(baseline === null ? [] : agentCost('baseline', baseline))];
  return [
    ...(agents.length === 0 ? [] : [`agents' own tokens: ${agents.join(', ')}`]),
    ...(judge === null
      ? []
      : [
          `judging by ${judge.model}: ${usdText(judge.usd)} (estimated ${usdText(judge.estimatedUsd)} for ${countText(judge.questions)} questions)`,
        ]),
  ];
};

/** `500 answers, 3 failed`. */
export const askedText = ({ answers, failed }: SideSummary): string =>
  `${countText(answers)} answers${failed > 0 ? `, ${countText(failed)} failed` : ''}`;

export const tookText = (tookMs: number): string =>
  tookMs < 10_000 ? `${(tookMs / 1_000).toFixed(1)} s` : timeText(tookMs);
