import type { WindowStats } from './window.ts';

/** The statistics of no values at all, with lists of their own. */
export const noValues = (): WindowStats => ({
  count: 0,
  sumMicro: 0,
  sumSqMicro: 0,
  minMicro: null,
  maxMicro: null,
  errors: 0,
  notApplicable: 0,
  worse: 0,
  better: 0,
  buckets: [],
  items: [],
  judges: [],
  bins: [],
});
