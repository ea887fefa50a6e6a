import type { AbSpec } from '../../schemas/documents.ts';
import { metricOrRubric } from '../../schemas/metrics.ts';
import { MICRO, windowKeyText, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { type Cell, MAX_KEYS, newCell, stepCell } from './cell.ts';
import { goalOf, newGoal, stepGoal } from './experiment-goal.ts';
import type { Goal, GoalState } from '../rules/goals/goal-comparison.ts';
import { cellShares, type MetricPlan, type Slices } from '../rollout/metric-plan.ts';

/**
 * What an arm was given and what of it was seen: `accepted`, `requests`, `failed` of the exchanges; `leftOut`, the answers that a
 * judge that was behind did not score; the rest of the goal's values.
 */
export type Traffic = {
  accepted: number;
  requests: number;
  failed: number;
  leftOut: number;
  judged: number;
  errors: number;
};

/** An experiment's evidence: a deterministic fold over its windows. Plain data. */
export type Experiment = {
  /** In the order of the document's arms. */
  traffic: readonly Traffic[];
  goal: GoalState | null;
  /** By guardCell: an arm against control in one guardrail and slice. */
  guards: ReadonlyMap<string, Cell>;
  /** Of the goal's latest windows. */
  keys: readonly string[];
};

/** What the fold must know of the rollout. */
export type ExperimentPlan = { spec: AbSpec; slices: Slices };

const NO_TRAFFIC: Traffic = { accepted: 0, requests: 0, failed: 0, leftOut: 0, judged: 0, errors: 0 };

export const newExperiment = (spec: AbSpec): Experiment => {
  const goal = goalOf(spec);
  return {
    traffic: spec.arms.map(() => NO_TRAFFIC),
    goal: goal === null ? null : newGoal(goal),
    guards: new Map(),
    keys: [],
  };
};

/** The arm that guardrails compare with. */
export const controlOf = ({ control, arms }: AbSpec): string =>
  control ?? arms.find(({ name }) => name === 'stable')?.name ?? arms[0]!.name;

export const guardCell = (arm: string, metric: string, slice: string): string => `${arm}|${metric}|${slice}`;

/** The guardrails with their shares in an arm's E. */
export const guardPlans = ({ guardrails }: AbSpec): MetricPlan[] => {
  const total = guardrails.reduce((sum, { weight }) => sum + weight, 0);
  return guardrails.map((spec) => ({
    spec,
    metric: metricOrRubric(spec.name),
    share: spec.weight / total,
    named: true,
  }));
};

/** Every metric that an experiment is decided by, as its rows name it. */
export const experimentMetrics = (spec: AbSpec): string[] => {
  const named = [...(spec.goal === undefined ? [] : [spec.goal.metric]), ...spec.guardrails.map(({ name }) => name)];
  return [...new Set(named.map((name) => metricOrRubric(name).rows))];
};

/**
 * The evidence after one window's live rows, stratum by stratum in order of routing sequence; rows of one source topic may come
 * without those of another, since a goal's and a guardrail's windows all come from one. Rows of other arms, metrics and slices count
 * for nothing. Rows that contradict themselves are left out and named in `problems`.
 */
export const stepExperiment = (
  before: Experiment,
  plan: ExperimentPlan,
  rows: readonly WindowRow[],
): { experiment: Experiment; problems: string[] } => {
  const names = plan.spec.arms.map(({ name }) => name);
  const live = rows.filter((row) => row.kind === 'live' && names.includes(row.arm));
  const problems: string[] = [];
  const attempt = <T>(of: string, kept: T, step: () => T): T => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.push(`${of}: ${error.message}`);
      return kept;
    }
  };
  const goal = goalOf(plan.spec);
  const ofGoal = goal === null ? [] : live.filter((row) => row.metric === goal.metric.rows && row.slice === ALL);
  const experiment: Experiment = {
    traffic: names.map((name, i) => addTraffic(before.traffic[i]!, live, name, goal)),
    goal:
      goal === null || before.goal === null || ofGoal.length === 0
        ? before.goal
        : attempt(goal.spec.metric, before.goal, () => stepStrata(before.goal!, goal, ofGoal)),
    guards: stepGuards(before.guards, plan, live, attempt),
    keys: [...before.keys, ...ofGoal.map(windowKeyText)].slice(-MAX_KEYS),
  };
  return { experiment, problems };
};

const strataOf = (rows: readonly WindowRow[]): WindowRow[][] =>
  [...Map.groupBy(rows, (row) => row.routingSequence)].sort(([a], [b]) => a - b).map(([, stratum]) => stratum);

const stepStrata = (before: GoalState, goal: Goal, rows: readonly WindowRow[]): GoalState =>
  strataOf(rows).reduce(
    (state, stratum) =>
      stepGoal(
        state,
        goal,
        goal.arms.map((arm) => stratum.find((row) => row.arm === arm)),
      ),
    before,
  );

const addTraffic = (before: Traffic, rows: readonly WindowRow[], arm: string, goal: Goal | null): Traffic =>
  rows
    .filter((row) => row.arm === arm && row.slice === ALL)
    .reduce((sum, row) => {
      const after = { ...sum };
      if (row.metric === 'accepted') after.accepted += row.sumMicro / MICRO;
      if (row.metric === 'error_rate') {
        after.requests += row.count;
        after.failed += row.sumMicro / MICRO;
      }
      if (row.metric === 'judged') after.leftOut += row.count - row.sumMicro / MICRO;
      if (row.metric === goal?.metric.rows) {
        after.judged += row.count + row.notApplicable;
        after.errors += row.errors;
      }
      return after;
    }, before);

const stepGuards = (
  before: Experiment['guards'],
  { spec, slices }: ExperimentPlan,
  rows: readonly WindowRow[],
  attempt: <T>(of: string, kept: T, step: () => T) => T,
): Experiment['guards'] => {
  const control = controlOf(spec);
  const guards = new Map(before);
  for (const plan of guardPlans(spec))
    for (const { slice } of cellShares(plan, slices)) {
      const own = rows.filter((row) => row.metric === plan.metric.rows && row.slice === slice);
      if (own.length === 0) continue;
      for (const { name } of spec.arms) {
        if (name === control) continue;
        const key = guardCell(name, plan.spec.name, slice);
        const cell = guards.get(key) ?? newCell(plan);
        guards.set(
          key,
          attempt(key, cell, () => stepArm(cell, plan, own, name, control)),
        );
      }
    }
  return guards;
};

const stepArm = (cell: Cell, plan: MetricPlan, rows: readonly WindowRow[], arm: string, control: string): Cell => {
  const strata = strataOf(rows).map((stratum) => ({
    candidate: stratum.find((row) => row.arm === arm),
    stable: stratum.find((row) => row.arm === control),
  }));
  const counted = strata.flatMap(({ candidate, stable }) => [candidate, stable]).filter((row) => row !== undefined);
  return stepCell(cell, plan, strata, counted.map(windowKeyText));
};
