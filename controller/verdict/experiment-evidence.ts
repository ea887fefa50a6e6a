import type { Evidence as Entry } from '../../schemas/decision.ts';
import { eText, numberText } from '../../schemas/decision-text.ts';
import { ALL } from '../../schemas/window.ts';
import { type Cell, cellInterval, cellLogE } from '../evidence/cell.ts';
import { controlOf, type Experiment, type ExperimentPlan, guardCell, guardPlans } from '../evidence/experiment.ts';
import { eventTotal, type Goal, goalLimits, goalOf, logAllDiffer, logBeats } from '../evidence/experiment-goal.ts';
import { MAX_SLICE_ENTRIES } from './explanation.ts';
import { cellShares, type MetricPlan } from '../rollout/metric-plan.ts';
import { NOTHING, valueShown } from '../evidence/shown.ts';

const RULES = { means: 'difference of means', counts: 'sequential multinomial', sums: 'sums of events' } as const;

/** The arm's value of the goal: a mean, or events per request; null without data. */
const goalValue = ({ goal: state, traffic }: Experiment, goal: Goal, arm: number): number | null => {
  const of = goal.kind === 'means' ? state!.arms[arm]!.sum.n : traffic[arm]!.requests;
  const sum = goal.kind === 'means' ? state!.arms[arm]!.sum.s1 : eventTotal(state!, goal, arm);
  return of > 0 ? sum / of : null;
};

const goalCount = ({ goal: state, traffic }: Experiment, goal: Goal, arm: number): number =>
  goal.kind === 'means' ? state!.arms[arm]!.sum.n : traffic[arm]!.requests;

const armText = (experiment: Experiment, goal: Goal, arm: number): string => {
  const value = `${goal.arms[arm]} ${numberText(goalValue(experiment, goal, arm))}`;
  const n = `n=${goalCount(experiment, goal, arm)}`;
  return goal.kind === 'means' ? `${value} (${n})` : `${value} (${experiment.goal!.arms[arm]!.sum.n} events, ${n})`;
};

/** The goal with every arm's value and sample size, in words. */
export const armsText = (experiment: Experiment, goal: Goal): string => {
  const { metric, spec } = goal;
  const unit = metric.family === 'measure' ? ` in ${metric.unit}` : metric.family === 'event' ? ' per request' : '';
  const values = goal.arms.map((_, i) => armText(experiment, goal, i)).join(', ');
  return `${spec.metric}${unit} (${spec.better ?? metric.better} is better): ${values}`;
};

/**
 * What a decision shows: of the goal one entry for each arm but control, against control, then each arm's guardrails. In the
 * goal's, `logE` is the evidence that control is better, `logProof` the least evidence that the arm is better than each other arm (what a
 * win asks for), and the difference of events is relative: 0.1 is a tenth more per request. `detail` names the arms.
 */
export const experimentEvidence = (experiment: Experiment, plan: ExperimentPlan): Entry[] => {
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

const goalEntry = (experiment: Experiment, goal: Goal, arm: number, control: number, alpha: number): Entry => {
  const state = experiment.goal!;
  const limits = goalLimits(state, goal, arm, control, alpha);
  const proofs = goal.arms.flatMap((_, j) => (j === arm ? [] : [logBeats(state, goal, arm, j)]));
  const logE = logBeats(state, goal, control, arm);
  const logProof = Math.min(...proofs);
  const relative = goal.kind === 'means' ? 'difference' : 'relative difference';
  const differ =
    goal.kind === 'counts' ? `, all alike p=${numberText(Math.min(1, Math.exp(-logAllDiffer(state, goal))))}` : '';
  return {
    metric: goal.spec.metric,
    slice: ALL,
    rule: RULES[goal.kind],
    candidateValue: goalValue(experiment, goal, arm),
    stableValue: goalValue(experiment, goal, control),
    candidateCount: goalCount(experiment, goal, arm),
    stableCount: goalCount(experiment, goal, control),
    logE,
    weight: 0,
    ...limits,
    logProof,
    detail: `${armText(experiment, goal, arm)} against ${armText(experiment, goal, control)}, ${relative} ${numberText(limits.difference)} [${numberText(limits.lower)}, ${numberText(limits.upper)}], best of all e=${eText(logProof)}, worse than ${goal.arms[control]} e=${eText(logE)}${differ}`,
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
): Entry => {
  const candidate = cell?.candidate ?? NOTHING;
  const stable = cell?.stable ?? NOTHING;
  const [own, other] = [valueShown(plan.metric, candidate), valueShown(plan.metric, stable)];
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
    detail: `${arm} ${numberText(own)} (n=${candidate.count}) against ${control} ${numberText(other)} (n=${stable.count}), e=${eText(logE)}`,
  };
};
