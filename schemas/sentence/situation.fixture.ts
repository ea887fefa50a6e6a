import type { Evidence } from '../decision.ts';
import type { TimeToVerdict } from '../time-to-verdict.ts';
import type { Standing } from './standing.ts';
import type { Step } from './verdict.ts';

/** A situation in a few words, its data, and exactly what is said of it. */
export type Situation = { situation: string; told: Step | Standing; says: string };

export const E20 = Math.log(20);

/** One row of evidence; of a rate in the canary unless said. */
export const row = (metric: string, given: Partial<Evidence>): Evidence => ({
  metric,
  slice: '_all',
  rule: 'rate ratio',
  candidateValue: null,
  stableValue: null,
  candidateCount: 0,
  stableCount: 0,
  logE: 0,
  weight: 0.1,
  difference: null,
  lower: null,
  upper: null,
  logProof: null,
  pairsWorse: null,
  pairsBetter: null,
  detail: '',
  arm: null,
  tolerated: null,
  ...given,
});

/** Both arms' values and sample sizes, and the evidence against the candidate. */
export const arms = (
  [candidateValue, candidateCount]: [number, number],
  [stableValue, stableCount]: [number, number],
  logE = 5,
): Partial<Evidence> => ({ candidateValue, candidateCount, stableValue, stableCount, logE });

/** A row of the shadow, by its pairs. */
export const pairs = (metric: string, candidateCount: number, pairsWorse: number, pairsBetter: number): Evidence =>
  row(metric, {
    rule: 'shadow sign test',
    candidateCount,
    candidateValue: 0.5,
    pairsWorse,
    pairsBetter,
    logE: pairsWorse > 20 ? 5 : 0,
  });

export const threshold = (metric: string, given: Partial<Evidence>): Evidence =>
  row(metric, { rule: 'plain threshold', logE: null, weight: 0, ...given });

/** A proof of a metric that so many answers have brought. */
export const proof = (metric: string, logProof: number, candidateCount: number): Evidence =>
  row(metric, { logProof, candidateCount, candidateValue: 0, stableCount: 9_000, stableValue: 0 });

export const routing = (weight: number): Step['routing'] => ({
  arms: [
    { name: 'stable', version: 'v1', weight: 100 - weight },
    ...(weight > 0 ? [{ name: 'candidate', version: 'v2', weight }] : []),
  ],
});

export const step = (given: Partial<Step>): Step => ({
  type: 'hold',
  state: 'canary',
  stage: 0,
  reason: '',
  metric: null,
  slice: null,
  logE: null,
  logThreshold: E20,
  bounded: true,
  evidence: [],
  by: 'controller',
  candidate: 'v2',
  stable: 'v1',
  candidateRequests: 240,
  rollout: 'support-v2#7',
  timeMs: 1_000_000,
  pause: null,
  arm: null,
  checks: [],
  routing: routing(5),
  ...given,
});

export const rollback = (entry: Evidence, given: Partial<Step> = {}): Step =>
  step({
    type: 'rollback',
    state: 'rolled_back',
    metric: entry.metric,
    slice: entry.slice,
    logE: 5,
    evidence: [entry],
    routing: routing(0),
    ...given,
  });

export const standing = (given: Partial<Standing>): Standing => ({
  rollout: 'support-v2',
  state: 'canary',
  stage: 0,
  stages: 1,
  weightPct: 5,
  candidate: 'v2',
  stable: 'v1',
  hold: null,
  evidence: [],
  logE: 0.4,
  logThreshold: E20,
  candidateRequests: 310,
  stageRequests: 310,
  minRequests: 0,
  promotion: 'budget',
  dueMs: null,
  streamTimeMs: 1_000_000,
  pausedBy: null,
  approval: null,
  time: null,
  pause: null,
  ...given,
});

/** How long it still needs, at 12 requests a minute unless said. */
export const time = (
  minutes: number | null,
  requests: number | null,
  metrics: [metric: string, minutes: number | null, requests: number | null, applies: number][],
  given: Partial<TimeToVerdict> = {},
): TimeToVerdict => ({
  requestsPerMinute: 12,
  minutes,
  requests,
  metrics: metrics.map(([metric, its, own, applies]) => ({
    metric,
    minutes: its,
    requests: own,
    applies,
    tolerance: { field: 'rateFloor', value: 0.001 },
  })),
  instead: null,
  ...given,
});

export const EXPERIMENT: Partial<Step> = { candidate: null, candidateRequests: null };
export const EXPERIMENT_ARMS: Step['routing'] = {
  arms: [
    { name: 'stable', version: 'v1', weight: 40 },
    { name: 'short', version: 'v2', weight: 30 },
    { name: 'kind', version: 'v3', weight: 30 },
  ],
};
