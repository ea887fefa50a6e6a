import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';
import { RoutingView } from './routing-view.ts';

export const RolloutState = z.enum([
  /** Waits for the candidate's eval gate. */
  'gate',
  'shadow',
  'canary',
  /** An A/B experiment runs. */
  'ab',
  /** Blue-green: the candidate's smoke check before the switch, and the time after it. */
  'smoke',
  'watch',
  'paused',
  'promoted',
  'rolled_back',
  'inconclusive',
]);
export type RolloutState = z.infer<typeof RolloutState>;

export const DecisionType = z.enum([
  'register',
  /** What was found elsewhere is filed: an eval gate's result, a judge's calibration. */
  'report',
  'start',
  'advance',
  /** The weight of `promotion: budget` moves within the stage. */
  'adjust',
  'switch',
  'hold',
  'release',
  'pause',
  'resume',
  'promote',
  'rollback',
  'inconclusive',
]);
export type DecisionType = z.infer<typeof DecisionType>;

/** One metric's part in a decision, in words that an operator can check: values, sample sizes, evidence, threshold. */
export const Evidence = z
  .object({
    metric: z.string(),
    slice: z.string(),
    rule: z.string(),
    candidateValue: z.number().nullable(),
    stableValue: z.number().nullable(),
    candidateCount: Int.nonnegative(),
    stableCount: Int.nonnegative(),
    /** Natural log of the e-value against the candidate; null for a plain threshold. */
    logE: z.number().nullable(),
    /** The share of this entry in the average that is held against `logThreshold`. */
    weight: z.number(),
    /** Candidate less stable, with the limits that hold at any time with confidence 1 − α (a share above the quantile, of p99s). */
    difference: z.number().nullable(),
    lower: z.number().nullable(),
    upper: z.number().nullable(),
    /** Natural log of the e-value for "good enough to promote"; null where the metric does not promote. */
    logProof: z.number().nullable(),
    detail: z.string(),
  })
  .meta({ id: 'Evidence' });
export type Evidence = z.infer<typeof Evidence>;

/**
 * One step of an agent. It is effective iff `expect` is the agent's sequence when the log reaches it; then the agent's
 * sequence is `sequence` = `expect` + 1 and `routing` is in force.
 */
export const Decision = z
  .object({
    agent: z.string().min(1),
    expect: Int.nonnegative(),
    sequence: Int.positive(),
    rollout: z.string(),
    type: DecisionType,
    /** The rollout's state after this step; null where the agent has no rollout. */
    state: RolloutState.nullable(),
    /** The stage after this step, from 0; in shadow −1. */
    stage: Int,
    reason: z.string(),
    /** The metric and slice that decided, where evidence did. */
    metric: z.string().nullable(),
    slice: z.string().nullable(),
    /** ln E and ln 1/α of the whole rollout when evidence decided. */
    logE: z.number().nullable(),
    logThreshold: z.number().nullable(),
    bounded: z.boolean(),
    evidence: z.array(Evidence),
    windowKeys: z.array(z.string()),
    by: z.string(),
    timeMs: EpochMs,
    /** Stream time of the windows that caused it; 0 for a command. */
    windowsThroughMs: EpochMs,
    routing: RoutingView,
    /** The document applied, as JSON, in `register`, `start` and `report`; else null. */
    document: z.string().nullable(),
  })
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof Decision>;
