import type { MetricSpec } from '../../schemas/metric-spec.ts';
import type { Metric } from '../../schemas/metrics.ts';
import type { Bins } from '../../schemas/sketch.ts';
import type { ToleranceField } from '../../schemas/time-to-verdict.ts';
import type { WindowRow } from '../../schemas/window.ts';
import type { ArmSizes } from './formulas/expected-growth.ts';
import type { Limits } from './formulas/interval.ts';
import type { PooledSummary } from './pooled-summary.ts';
import type { ServiceReading } from './service-reading.ts';

/** A metric with the tolerances that its rollout gives it. */
export type JudgedMetric = { metric: Metric; spec: MetricSpec };

/** The rows of one stratum (one window under one routing sequence); undefined where an arm has none. */
export type Stratum = { candidate: WindowRow | undefined; stable: WindowRow | undefined };

/** What both arms showed in the windows before. */
export type PastSummaries = { candidate: PooledSummary; stable: PooledSummary };

/**
 * What the candidate may cost: an upper limit of its excess bad rate over stable's, valid at any time, and stable's own bad rate
 * so far. Of scores the loss of the mean, and 1 − mean.
 */
export type Harm = { excessUpper: number; stableBad: number };

/** Pairs of a shadow and the live answer to the same request; ties are `pairs` − worse − better. */
export type Signs = {
  pairs: number;
  worse: number;
  better: number;
  errors: number;
  notApplicable: number;
  /** Of the shadow's values. */
  sum: number;
};

/** What is known of stable's values of one metric; mean and variance in the metric's own direction. `bins` of measures alone. */
export type Level = { count: number; mean: number; variance: number; bins: Bins };

/**
 * One bet that a proof makes: the ln e that it has, and what each value of the candidate adds to it on average, with what variance, if the
 * candidate is as good as stable. `ends` is the chance in a value that the bet is lost for good.
 */
export type Bet = { logE: number; drift: number; variance: number; ends: number };

/** What the tables in docs/decision-rules.md say. `file` stands beside the table that the record is in. */
export type About = { compares: string; metrics: string; source: string; file: string };

/** In words: what tells "worse" and "good enough", what the interval is of, and what the harm is. */
export type Answers = { worse: string; goodEnough: string; interval: string; harm: string };

/**
 * How one kind of metric is judged: everything that the controller asks about it. A rule is one record in a file of its own and one line in
 * table.ts; no other file knows which rules there are.
 *
 * `State` is what the rule remembers of one metric in one slice: plain data, its own, and opaque to everyone else, who keeps it and hands it
 * back. The functions are written as methods, since TypeScript then lets rules of different states stand in one table.
 *
 * All evidence is anytime-valid: `logE` and `logProof` are logs of e-processes, looked at after every window.
 */
export type DecisionRule<State = unknown> = {
  /** What is compared, in a word or two. */
  readonly name: string;
  readonly about: About & { answers: Answers };
  /** Whether this rule is the metric's. Each metric has one rule at most. */
  judges(metric: Metric): boolean;
  /** Whether rows of single slices carry what the rule needs. If not, the metric is judged on the whole alone. */
  readonly hasSlices: boolean;
  /** Whether shadow pairs may convict by this metric, or only advise. */
  readonly decidesInShadow: boolean;
  /** ln e of shadow pairs against "the candidate is no worse". Where it is not said, the sign test on those that differ. */
  logPairsE?(signs: Signs, judged: JudgedMetric): number;

  /** How its metrics are read of a version in service; where it is not said, they are not watched there. */
  readonly inService?: ServiceReading;

  initial(): State;
  /**
   * The state after one window's strata, in order of routing sequence. Whatever the evidence is held against (thresholds, caps,
   * centres, bets) comes from the windows before: from the state, or from `past`, which does not hold this window yet.
   * Throws RangeError for rows whose sums can't be.
   */
  step(before: State, judged: JudgedMetric, strata: readonly Stratum[], past: PastSummaries): State;
  /** ln e against "the candidate is no worse than tolerated", whenever it turned worse. */
  logE(state: State): number;
  /** ln e against "the candidate is worse than a promotion may be". */
  logProof(state: State): number;
  /**
   * The bets whose mixture `logProof` is: it is never below the best of them. None where the level does not tell enough. By the same
   * increments as `step`, at their expectation.
   */
  bets(state: State, judged: JudgedMetric, level: Level, sizes: ArmSizes): readonly Bet[];
  /** What stable's values are taken for before any was seen. */
  assumed(metric: Metric): Level;
  /** The tolerance that the proof is about. */
  readonly proves: ToleranceField;
  /** Of (candidate − stable), in what `text.interval` says. Null before a window had both arms. */
  interval(state: State, judged: JudgedMetric, alpha: number): Limits | null;
  /**
   * The difference up to which the candidate is no worse than `logE` tolerates, by stable's values so far, as `interval` has it: below 0
   * where less is worse. For the reader of a chart: the evidence compares window by window. Null without such values, and where there is no interval.
   */
  tolerated(judged: JudgedMetric, stable: PooledSummary): number | null;
  /** At level alpha, one side. Null before both arms had data, and always for a rule that can't tell. */
  harm(state: State, alpha: number): Harm | null;
  /**
   * The bad rate of stable that `promotion: budget` holds the candidate's excess against. Null for a rule whose metrics know no bad
   * answers, only slow or dear ones: they stop a candidate, but cost no budget.
   */
  readonly budgetedBad: ((stableBad: number, judged: JudgedMetric) => number) | null;

  /** What an arm is shown by, in the metric's unit. Null without data. */
  value(metric: Metric, summary: PooledSummary): number | null;
  readonly text: {
    /** The rule, as a decision's evidence names it. */
    rule(metric: Metric): string;
    /** What follows an arm's value. */
    unit(metric: Metric): string;
    /** What follows the word "difference" before the interval. */
    interval(metric: Metric): string;
    tolerance(judged: JudgedMetric): string;
  };
};
