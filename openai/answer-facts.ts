import type { Body, Outcome } from '../schemas/exchange.ts';
import type { Asked } from './answer.ts';
import { outcomeOfEnd, outcomeOfSaid } from './in-band-error.ts';
import { saidIn, saidInEnd } from './said.ts';
import { type Price, type Usage, usageOfEnd, usageOfSaid } from './usage.ts';

/** An answer as far as it is known: all of its text, or the end of one that was too long to keep. */
type KeptAnswer = Pick<Body, 'contentType' | 'text'> & { isWhole: boolean };

/** What only an answer's own words tell, read once: what it came to (as `outcomeOfBody` has it) and its usage. */
export const answerFacts = (
  outcome: Outcome,
  answer: KeptAnswer,
  asked: Asked,
  price: Price | undefined,
): { outcome: Outcome; usage: Usage } => {
  if (!answer.isWhole) {
    const end = saidInEnd(answer);
    return { outcome: outcome === 'ok' ? outcomeOfEnd(end) : outcome, usage: usageOfEnd(end, answer.text, price) };
  }
  const said = saidIn(answer);
  return { outcome: outcome === 'ok' ? outcomeOfSaid(said, asked) : outcome, usage: usageOfSaid(said, price) };
};
