import type { Shadow } from '../schemas/exchange.ts';
import type { Usage } from '../openai/usage.ts';
import type { Answer } from './plan.ts';

/** An answer with what it took to get it. */
export type ReplayedAnswer = Answer & Usage & Pick<Shadow, 'rounds'>;

/** A sum is unknown if one of its terms is: without it, an expensive replay would look cheap. */
const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

/** One more round after those before it: the last answer counts, times, tokens and cost are of all. */
export const withRound = (before: ReplayedAnswer | null, answer: Answer, usage: Usage): ReplayedAnswer => {
  if (before === null) return { ...answer, ...usage, rounds: 1 };
  return {
    ...answer,
    latencyMs: before.latencyMs + answer.latencyMs,
    firstByteMs: plus(before.latencyMs, answer.firstByteMs),
    promptTokens: plus(before.promptTokens, usage.promptTokens),
    completionTokens: plus(before.completionTokens, usage.completionTokens),
    costUsd: plus(before.costUsd, usage.costUsd),
    rounds: before.rounds + 1,
  };
};
