import type { Evidence } from '../../schemas/decision.ts';

/** One metric's evidence: twice as many errors as stable has. */
export const entry = (more: Partial<Evidence> = {}): Evidence => ({
  metric: 'error_rate',
  slice: '_all',
  rule: 'rate ratio',
  candidateValue: 0.03,
  stableValue: 0.01,
  candidateCount: 1_000,
  stableCount: 9_000,
  logE: 1,
  weight: 0.1,
  difference: 0.02,
  lower: 0.01,
  upper: 0.03,
  logProof: null,
  pairsWorse: null,
  pairsBetter: null,
  detail: '',
  arm: null,
  tolerated: null,
  ...more,
});
