import type { AbSpec } from '../../schemas/documents.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { mergeBins } from '../../schemas/sketch.ts';
import type { WindowRow } from '../../schemas/window.ts';
import { addSums } from '../rules/formulas/bernstein.ts';
import { divisor } from '../rules/formulas/dispersion.ts';
import { divided } from '../rules/formulas/shiryaev-roberts.ts';
import type { ArmTotals, Goal, GoalState } from '../rules/goals/goal-comparison.ts';
import { comparisonOf } from '../rules/goals/goal-table.ts';
import { NO_VALUES, rowSum } from '../rules/goals/row-sum.ts';

/**
 * An experiment's goal over its windows. All of it is read divided by the φ of now (docs/decisions/0011): the φ of a few users who come
 * again and again grows with time, and windows divided by that of the first minutes would keep evidence that was never there.
 */
export const goalOf = (spec: AbSpec): Goal | null => {
  if (spec.goal === undefined) return null;
  const metric = metricOrRubric(spec.goal.metric);
  const total = spec.arms.reduce((sum, { weightPct }) => sum + weightPct, 0);
  return {
    metric,
    spec: spec.goal,
    comparison: comparisonOf(metric, spec.goal.by),
    arms: spec.arms.map(({ name }) => name),
    shares: spec.arms.map(({ weightPct }) => weightPct / total),
  };
};

export const newGoal = ({ comparison, arms }: Goal): GoalState => ({
  arms: arms.map(() => ({ sum: NO_VALUES, bins: [], buckets: [] })),
  claims: comparison.initial(arms.length),
  phi: 1,
});

/**
 * The state after one stratum (one window under one routing sequence); `rows` in the order of the arms. φ includes the stratum
 * (docs/decisions/0011). Throws RangeError for rows whose sums can't be.
 */
export const stepGoal = (before: GoalState, goal: Goal, rows: readonly (WindowRow | undefined)[]): GoalState => {
  const arms = before.arms.map((arm, i) => learn(arm, rows[i]));
  return {
    arms,
    claims: goal.comparison.step(before.claims, goal, rows, before.arms),
    phi: divisor(...arms.map(({ buckets }) => buckets)),
  };
};

const learn = (arm: ArmTotals, row: WindowRow | undefined): ArmTotals => {
  if (row === undefined) return arm;
  const buckets = row.buckets.length === 0 ? arm.buckets : row.buckets.map((n, i) => n + (arm.buckets[i] ?? 0));
  return { sum: addSums(arm.sum, rowSum(row)), bins: mergeBins(arm.bins, row.bins), buckets };
};

/** ln of the e-value against "arm i's mean is at least (1 + margin) times arm j's". */
export const logIsWithin = (state: GoalState, goal: Goal, i: number, j: number): number =>
  divided(goal.comparison.logWithin(state, goal, i, j), state.phi);

/** ln of the e-value against "arm i is no better than arm j". */
export const logBeats = (state: GoalState, goal: Goal, i: number, j: number): number => {
  const isAbove = (first: number, second: number): number =>
    divided(goal.comparison.logAbove(state, goal, first, second), state.phi);
  return (goal.spec.better ?? goal.metric.better) === 'higher' ? isAbove(i, j) : isAbove(j, i);
};
