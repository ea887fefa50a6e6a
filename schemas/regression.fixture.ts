import type { Regression } from './regression.ts';

/** A mean score that fell in one slice, on the afternoon of 2 March 2026. */
export const regressionOf = (more: Partial<Regression> = {}): Regression => ({
  version: 'v3',
  metric: 'faithfulness',
  slice: 'language=de',
  sinceMs: Date.UTC(2026, 2, 2, 14, 5),
  before: 0.94,
  after: 0.88,
  beforeCount: 9_000,
  count: 2_310,
  beyond: null,
  against: 'recent',
  judges: [],
  ...more,
});
