import type { Outcome } from '../schemas/exchange.ts';
import type { Asked } from './answer.ts';
import { outcomeOfEnd, outcomeOfSaid } from './in-band-error.ts';
import { isCut, type KeptAnswer } from './kept-answer.ts';
import { saidIn, saidInEnd } from './said.ts';
import { type Price, type Usage, usageOfEnds, usageOfSaid } from './usage.ts';

/** What only an answer's own words tell, read once: what it came to (as `outcomeOfBody` has it) and its usage. */
export const answerFacts = (
  outcome: Outcome,
  answer: KeptAnswer,
  asked: Asked,
  price: Price | undefined,
): { outcome: Outcome; usage: Usage } => {
  if (isCut(answer)) {
    const end = saidInEnd(answer);
    return { outcome: outcome === 'ok' ? outcomeOfEnd(end) : outcome, usage: usageOfEnds(end, answer, price) };
  }
  const said = saidIn(answer);
  return { outcome: outcome === 'ok' ? outcomeOfSaid(said, asked) : outcome, usage: usageOfSaid(said, price) };
};
