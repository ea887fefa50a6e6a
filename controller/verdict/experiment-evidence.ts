import type { Evidence } from '../../schemas/decision.ts';
import { eText, numberText } from '../../schemas/decision-text.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { type Cell, cellInterval, cellLogE } from '../evidence/cell.ts';
import { controlOf, type Experiment, type ExperimentPlan, guardCell, guardPlans } from '../evidence/experiment.ts';
import { goalOf, logBeats } from '../evidence/experiment-goal.ts';
import type { Goal } from '../rules/goals/goal-comparison.ts';
import { MAX_SLICE_ENTRIES } from './explanation.ts';
import { cellShares, type MetricPlan } from '../rollout/metric-plan.ts';
import { EMPTY_SUMMARY } from '../rules/pooled-summary.ts';
import { ruleOf } from '../rules/table.ts';

/** The arm's value of the goal, a mean or events per request, and of how many; the value is null without data. */
const goalValue = (
  { goal: state, traffic }: Experiment,
  goal: Goal,
  arm: number,
): { value: number | null; count: number } => {
  const { sum, of } = goal.comparison.value(state!.arms[arm]!, traffic[arm]!.requests);
  return { value: of > 0 ? sum / of : null, count: of };
};

const armText = (experiment: Experiment, goal: Goal, arm: number): string => {
  const sample = goal.comparison.text.sample(experiment.goal!.arms[arm]!, experiment.traffic[arm]!.requests);
  return `${goal.arms[arm]} ${numberText(goalValue(experiment, goal, arm).value)} (${sample})`;
};

/** The goal with every arm's value and sample size, in words. */
export const armsText = (experiment: Experiment, goal: Goal): string => {
  const { metric, spec, comparison } = goal;
  const values = goal.arms.map((_, i) => armText(experiment, goal, i)).join(', ');
  return `${spec.metric}${comparison.text.unit(metric)} (${spec.better ?? metric.better} is better): ${values}`;
};

/**
 * What a decision shows: of the goal one entry for each arm but control, against control, then each arm's guardrails. In the
 * goal's, `logE` is the evidence that control is better, `logProof` the least evidence that the arm is better than each other arm (what a
 * win asks for), and the difference of events is relative: 0.1 is a tenth more per request. `detail` names the arms.
 */
export const experimentEvidence = (experiment: Experiment, plan: ExperimentPlan): Evidence[] => {
  const { spec } = plan;
  const control = controlOf(spec);
  const goal = goalOf(spec);
  const others = spec.arms.map(({ name }, i) => ({ name, i })).filter(({ name }) => name !== control);
  const at = spec.arms.findIndex(({ name }) => name === control);
  return [
    ...(goal === null ? [] : others.map(({ i }) => goalEntry(experiment, goal, i, at, spec.alpha))),
    ...others.flatMap(({ name }) =>
      guardsTold(guardComponents(experiment, plan, name)).map((component) =>
        entryOfGuard(component, name, control, spec.alpha),
      ),
    ),
  ];
};

/** Every guardrail's whole, then the slices that add most to the arm's E. */
const guardsTold = (components: readonly GuardComponent[]): GuardComponent[] => [
  ...components.filter(({ slice }) => slice === ALL),
  ...components
    .filter(({ slice, cell }) => slice !== ALL && cell !== undefined)
    .sort((a, b) => Math.log(b.weight) + b.logE - Math.log(a.weight) - a.logE)
    .slice(0, MAX_SLICE_ENTRIES),
];

const goalEntry = (experiment: Experiment, goal: Goal, arm: number, control: number, alpha: number): Evidence => {
  const state = experiment.goal!;
  const { name, text, limits } = goal.comparison;
  const { difference, lower, upper } = limits(state, goal, arm, control, alpha);
  const proofs = goal.arms.flatMap((_, j) => (j === arm ? [] : [logBeats(state, goal, arm, j)]));
  const logE = logBeats(state, goal, control, arm);
  const logProof = Math.min(...proofs);
  const own = goalValue(experiment, goal, arm);
  const other = goalValue(experiment, goal, control);
  return {
    metric: goal.spec.metric,
    slice: ALL,
    rule: name,
    candidateValue: own.value,
    stableValue: other.value,
    candidateCount: own.count,
    stableCount: other.count,
    logE,
    weight: 0,
    difference,
    lower,
    upper,
    logProof,
    pairsWorse: null,
    pairsBetter: null,
    arm: goal.arms[arm]!,
    tolerated: null,
    detail: `${armText(experiment, goal, arm)} against ${armText(experiment, goal, control)}, ${text.difference} ${numberText(difference)} [${numberText(lower)}, ${numberText(upper)}], best of all e=${eText(logProof)}, worse than ${goal.arms[control]} e=${eText(logE)}${text.allArms(state, goal)}`,
  };
};

/** One arm's guardrail in one slice, with its share in the arm's E; no cell before its first window. */
export type GuardComponent = { plan: MetricPlan; slice: string; weight: number; cell: Cell | undefined; logE: number };

export const guardComponents = (
  { guards }: Experiment,
  { spec, slices }: ExperimentPlan,
  arm: string,
): GuardComponent[] =>
  guardPlans(spec).flatMap((plan) =>
    cellShares(plan, slices).map(({ slice, share }) => {
      const cell = guards.get(guardCell(arm, plan.spec.name, slice));
      return { plan, slice, weight: share, cell, logE: cell === undefined ? 0 : cellLogE(cell, plan) };
    }),
  );

export const entryOfGuard = (
  { plan, slice, weight, cell, logE }: GuardComponent,
  arm: string,
  control: string,
  alpha: number,
): Evidence => {
  const candidate = cell?.candidate ?? EMPTY_SUMMARY;
  const stable = cell?.stable ?? EMPTY_SUMMARY;
  const { value, tolerated } = ruleOf(plan.metric);
  const [own, other] = [value(plan.metric, candidate), value(plan.metric, stable)];
  const limits = cell === undefined ? null : cellInterval(cell, plan, alpha);
  return {
    metric: plan.spec.name,
    slice,
    rule: 'guardrail',
    candidateValue: own,
    stableValue: other,
    candidateCount: candidate.count,
    stableCount: stable.count,
    logE,
    weight,
    ...(limits ?? { difference: null, lower: null, upper: null }),
    logProof: null,
    pairsWorse: null,
    pairsBetter: null,
    arm,
    tolerated: limits === null ? null : tolerated(plan, stable),
    detail: `${arm} ${numberText(own)} (n=${candidate.count}) against ${control} ${numberText(other)} (n=${stable.count}), e=${eText(logE)}`,
  };
};
