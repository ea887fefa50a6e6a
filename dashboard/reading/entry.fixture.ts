import type { Evidence } from '../../schemas/decision.ts';
import { row } from '../../schemas/sentence/situation.fixture.ts';

/** One metric's evidence: twice as many errors as stable has. */
export const entry = (more: Partial<Evidence> = {}): Evidence =>
  row('error_rate', {
    candidateValue: 0.03,
    stableValue: 0.01,
    candidateCount: 1_000,
    stableCount: 9_000,
    logE: 1,
    difference: 0.02,
    lower: 0.01,
    upper: 0.03,
    ...more,
  });
