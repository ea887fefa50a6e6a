import { HARM } from './harm-situations.fixture.ts';
import type { Situation } from './situation.fixture.ts';
import { STANDINGS } from './standing-situations.fixture.ts';
import { ENDS, PEOPLE, STEPS } from './step-situations.fixture.ts';

/** All situations by their headings; docs/sentences.md is made of them. */
export const SITUATIONS: Readonly<Record<string, readonly Situation[]>> = {
  'A candidate is proven worse': HARM,
  'Other ends': ENDS,
  'What people do': PEOPLE,
  'Steps on the way': STEPS,
  'Where a rollout stands': STANDINGS,
};
