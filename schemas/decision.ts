import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';
import { Regression } from './regression.ts';
import { CheckResult } from './rollout-check.ts';
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
  /** A person ended it; nothing was proven against the candidate. Logs from before this state have `rolled_back` for it. */
  'aborted',
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
  /** A check says another thing than before, or what a step waits for; state and stage stay. */
  'check',
  'pause',
  'resume',
  /** A person asked for a promotion that takes two; nothing moves before the second has agreed. */
  'approve',
  'promote',
  'rollback',
  /** A person's end. Logs from before this type have a `rollback` by that person. */
  'abort',
  'inconclusive',
  /** The version in service is proven worse than its own past, outside of rollouts; and is as before again. */
  'regression',
  'recovery',
  /** On such a proof, soon after a promotion whose document asks for it: all traffic back to the version before. */
  'return',
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
    /** Natural log of the e-value for "good enough to promote"; null where no promotion waits for the metric. */
    logProof: z.number().nullable(),
    /** Of shadow pairs: how many were worse for the candidate, and how many better; null of everything else. */
    pairsWorse: Int.nonnegative().nullable(),
    pairsBetter: Int.nonnegative().nullable(),
    detail: z.string(),
    /** In an experiment the arm that is compared with control; null elsewhere, and in old logs. */
    arm: z.string().nullable().default(null),
    /**
     * The difference up to which the candidate is not held to be worse, in the unit and with the sign of `difference`: below 0 where
     * less is worse. By stable's values so far. Null where the difference has no such limit (shadow, goals, plain limits), and in old logs.
     */
    tolerated: z.number().nullable().default(null),
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
    /** Of a person's step what they said, '' if nothing. */
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
    /** Stream time of the windows that it rests on. A person's step shows what was known by then; 0 where nothing was. */
    windowsThroughMs: EpochMs,
    /** The labels of the versions that the rollout compares; null where there is no rollout, of an experiment's candidate, and in old logs. */
    candidate: z.string().nullable(),
    stable: z.string().nullable(),
    /** Answered in the candidate's name since the start; null where nobody counted. */
    candidateRequests: Int.nonnegative().nullable(),
    routing: RoutingView,
    /** The document applied, as JSON, in `register`, `start` and `report`; else null. */
    document: z.string().nullable(),
    /** Of a pause that the rollout's plan asks for: when it is over by itself; null within it where somebody must resume it. */
    pause: z.object({ untilMs: EpochMs.nullable() }).meta({ id: 'PlannedPause' }).nullable(),
    /** Of an `approve` in an experiment: the arm that is to win. */
    arm: z.string().nullable(),
    /** What the rollout's checks said, where that made the step. */
    checks: z.array(CheckResult).default([]),
    /** Of `regression`, `recovery` and `return`: what was found. */
    regression: Regression.nullable().default(null),
  })
  .meta({ id: 'Decision' });
export type Decision = z.infer<typeof Decision>;
