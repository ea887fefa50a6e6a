import type { GoalSpec } from '../../../schemas/documents.ts';
import type { Metric } from '../../../schemas/metrics.ts';
import type { Bins } from '../../../schemas/sketch.ts';
import type { WindowRow } from '../../../schemas/window.ts';
import type { About } from '../decision-rule.ts';
import type { Sum } from '../formulas/bernstein.ts';

/** What an experiment is about. */
export type Goal = {
  metric: Metric;
  spec: GoalSpec;
  comparison: GoalComparison;
  arms: readonly string[];
  /** In the order of arms; they add up to 1. */
  shares: readonly number[];
};

/** What an arm showed of the goal. `bins` of measures and events; `buckets` by subject. */
export type ArmTotals = { sum: Sum; bins: Bins; buckets: readonly number[] };

/** What an experiment's goal has come to so far. Plain data. */
export type GoalState<Claims = unknown> = {
  arms: readonly ArmTotals[];
  /** The comparison's own. */
  claims: Claims;
  /** By which the evidence of the whole experiment is divided when it is read (docs/decisions/0011). */
  phi: number;
};

export type GoalLimits = { difference: number | null; lower: number | null; upper: number | null };
export const NO_LIMITS: GoalLimits = { difference: null, lower: null, upper: null };

/**
 * How one kind of goal is compared between the arms of an experiment: what a DecisionRule is to the metrics of a canary, and as it one
 * record in a file of its own and a line in goal-table.ts. It is another concept: a goal has any number of arms that are all alike, an
 * ordered pair of which is claimed to be `above` or `within`; it knows no tolerances, no slices and no shadow, and events can be a goal
 * although no rule judges them. (An experiment's *guardrails* are judged by decision rules.)
 *
 * `Claims` is what the comparison remembers: plain data, and opaque to everyone else. Arms are given by their index.
 */
export type GoalComparison<Claims = unknown> = {
  /** How decisions name it. */
  readonly name: string;
  readonly about: About;
  /** Whether this is how the goal is compared. Each goal that documents may name has one comparison. */
  compares(metric: Metric, by: GoalSpec['by']): boolean;

  initial(arms: number): Claims;
  /**
   * The claims after one stratum (one window under one routing sequence), `rows` in the order of the arms. What values are cut and
   * centred at comes from `past`, the arms' totals before it. Throws RangeError for rows whose sums can't be.
   */
  step(before: Claims, goal: Goal, rows: readonly (WindowRow | undefined)[], past: readonly ArmTotals[]): Claims;
  /** ln e against "the first arm's mean is at most the second's", before it is divided by φ. */
  logAbove(state: GoalState<Claims>, goal: Goal, first: number, second: number): number;
  /** ln e against "the first arm's mean is at least (1 + margin) times the second's", before it is divided by φ. */
  logWithin(state: GoalState<Claims>, goal: Goal, first: number, second: number): number;
  /**
   * The first arm less the second, with limits that hold at any time with confidence 1 − alpha, both sides together. Of means in the
   * metric's unit (as cut); of events relative: 0.1 is a tenth more per request than the second arm.
   */
  limits(state: GoalState<Claims>, goal: Goal, first: number, second: number, alpha: number): GoalLimits;

  /** An arm's value of the goal is `sum`/`of`. `requests`: those that the arm was seen to answer. */
  value(arm: ArmTotals, requests: number): { sum: number; of: number };
  readonly text: {
    /** What follows the metric's name. */
    unit(metric: Metric): string;
    /** An arm's sample size. */
    sample(arm: ArmTotals, requests: number): string;
    /** What the limits are of. */
    difference: string;
    /** What a decision says of all arms together, after what it says of two. */
    allArms(state: GoalState<Claims>, goal: Goal): string;
  };
};
