import { MICRO, windowKeyText, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { type Cell, newCell, stepCell } from './cell.ts';
import { type Experiment, newExperiment, stepExperiment } from './experiment.ts';
import { countRow, isCounted, noCounts, type StageCounts } from './coverage.ts';
import { type JudgePace, stepPace } from './judge-pace.ts';
import { applicabilityRow } from './applicability-row.ts';
import { cellShares, convictingPlans, liveTopic, type MetricPlan, type Slices } from '../rollout/metric-plan.ts';
import { type RolloutSpec, thresholdsOf } from '../rollout/strategy.ts';
import { newShadowCell, type ShadowCell, stepShadowCell } from './shadow-cell.ts';
import { type LimitTally, newTally, stepTally } from './limit-tallies.ts';
import { metricLimits } from '../rollout/limits.ts';
import { newBlock, stepBlock, type ThresholdBlock } from './threshold-blocks.ts';
import type { Gauges } from '../watching/gauges.ts';
import type { WindowStep } from './window-queue.ts';

/** A rollout's evidence: a deterministic fold over the log of windows. Never carried over to another rollout. */
export type RolloutEvidence = {
  cells: ReadonlyMap<string, Cell>;
  shadowCells: ReadonlyMap<string, ShadowCell>;
  /** By stage; −1 is shadow. */
  stages: ReadonlyMap<number, StageCounts>;
  /** How the judge keeps up. */
  pace: JudgePace;
  /** Metrics that any live row has spoken of, even if only as error or not applicable. */
  seenMetrics: ReadonlySet<string>;
  blocks: readonly ThresholdBlock[];
  /** Of the metrics that have limits, in the order of metricLimits. */
  tallies: readonly LimitTally[];
  /** By metric, as rows name it: the judge models that gave scores of any arm, as `scorer@version`. */
  judges: ReadonlyMap<string, readonly string[]>;
  /** Of an A/B alone. */
  experiment: Experiment | null;
  /** What all arms' answers and the judge's models cost so far, in US dollars. */
  spent: { answersUsd: number; judgingUsd: number };
  /** Outside gauges as they stood at the last look. */
  gauges: Gauges;
  /** 0 before the first row. */
  windowMs: number;
  /** By source topic: how far its windows are closed and folded. */
  closedThroughMs: ReadonlyMap<string, number>;
  /** Since when, by the clock of the exchanges, what is seen does not suffice; null when it does. */
  shortSinceMs: number | null;
};

/** What the fold must know of the rollout. */
export type Plan = { id: string; spec: RolloutSpec; slices: Slices; stageOf: ReadonlyMap<number, number> };

export const noEvidence = (spec: RolloutSpec): RolloutEvidence => ({
  cells: new Map(),
  shadowCells: new Map(),
  stages: new Map(),
  pace: [],
  seenMetrics: new Set(),
  blocks: thresholdsOf(spec).map(newBlock),
  tallies: metricLimits(spec).map(newTally),
  judges: new Map(),
  experiment: spec.strategy === 'ab' ? newExperiment(spec) : null,
  spent: { answersUsd: 0, judgingUsd: 0 },
  gauges: new Map(),
  windowMs: 0,
  closedThroughMs: new Map(),
  shortSinceMs: null,
});

export const cellKey = (metric: string, slice: string): string => `${metric}|${slice}`;

/**
 * The evidence after one step of the log: window by window, in order of time. Source topics may be folded apart, since a
 * metric's windows all come from one. Rows of other rollouts and of windows folded before (a repeated append) count for
 * nothing; rows that contradict themselves (sums that no values can have) are left out and named in `problems`.
 */
export const foldStep = (
  before: RolloutEvidence,
  plan: Plan,
  step: WindowStep,
): { evidence: RolloutEvidence; folded: number; problems: string[] } => {
  const isNew = (row: WindowRow): boolean =>
    row.rollout === plan.id && row.startMs >= (before.closedThroughMs.get(row.sourceTopic) ?? 0);
  const rows = [...new Map(step.rows.filter(isNew).map((row) => [windowKeyText(row), row])).values()];
  const windows = [...Map.groupBy(rows, (row) => row.startMs)].sort(([a], [b]) => a - b);
  const problems: string[] = [];
  const evidence = windows.reduce((sum, [, window]) => foldWindow(sum, plan, window, problems), before);
  const closedThroughMs = new Map(before.closedThroughMs);
  const close = (topic: string, endMs: number): void =>
    void closedThroughMs.set(topic, Math.max(endMs, closedThroughMs.get(topic) ?? 0));
  for (const row of rows) close(row.sourceTopic, row.endMs);
  close(step.topic, step.closedThroughMs);
  return { evidence: { ...evidence, closedThroughMs }, folded: rows.length, problems };
};

/** The evidence after one window's rows; rows of other arms, slices or metrics than the rollout's are ignored. */
const foldWindow = (
  before: RolloutEvidence,
  plan: Plan,
  rows: readonly WindowRow[],
  problems: string[],
): RolloutEvidence => {
  const live = rows.filter((row) => row.kind === 'live' && row.sourceTopic === liveTopic(row.metric));
  const replayed = rows.filter((row) => row.kind !== 'live');
  const cells = new Map(before.cells);
  const shadowCells = new Map(before.shadowCells);
  const liveByCell = groupByCell(live);
  const replayedByCell = groupByCell(replayed);
  for (const metricPlan of convictingPlans(plan.spec))
    for (const { slice } of cellShares(metricPlan, plan.slices)) {
      const key = cellKey(metricPlan.spec.name, slice);
      const rowKey = cellKey(metricPlan.metric.rows, slice);
      const own = rowsFor(metricPlan, liveByCell.get(rowKey));
      if (own !== undefined)
        try {
          cells.set(key, stepLive(cells.get(key) ?? newCell(metricPlan), metricPlan, own));
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          problems.push(`${key}: ${error.message}`);
        }
      const pairs = rowsFor(metricPlan, replayedByCell.get(rowKey));
      if (pairs !== undefined)
        shadowCells.set(key, stepShadowCell(shadowCells.get(key) ?? newShadowCell(), pairs, pairs.map(windowKeyText)));
    }
  return {
    ...before,
    cells,
    shadowCells,
    stages: countStages(before.stages, plan, live),
    pace: stepPace(before.pace, rows, plan.stageOf),
    seenMetrics: new Set([...before.seenMetrics, ...live.map((row) => row.metric)]),
    blocks: stepBlocks(before.blocks, plan, live),
    tallies: stepTallies(before.tallies, plan, { live, replayed }),
    judges: addJudges(before.judges, rows),
    experiment: foldExperiment(before.experiment, plan, live, problems),
    spent: addSpent(before.spent, live),
    windowMs: rows.reduce((ms, row) => Math.max(ms, row.endMs - row.startMs), before.windowMs),
  };
};

/** The rows that a metric's evidence is made of; undefined without any. */
const rowsFor = ({ metric }: MetricPlan, rows: WindowRow[] | undefined): WindowRow[] | undefined => {
  if (!metric.isApplicability || rows === undefined) return rows;
  const looked = rows.flatMap((row) => applicabilityRow(row) ?? []);
  return looked.length === 0 ? undefined : looked;
};

const foldExperiment = (
  before: Experiment | null,
  { spec, slices }: Plan,
  live: readonly WindowRow[],
  problems: string[],
): Experiment | null => {
  if (before === null || spec.strategy !== 'ab') return null;
  const stepped = stepExperiment(before, { spec, slices }, live);
  problems.push(...stepped.problems);
  return stepped.experiment;
};

const addJudges = (before: RolloutEvidence['judges'], rows: readonly WindowRow[]): RolloutEvidence['judges'] => {
  const judged = rows.filter((row) => row.judges.some((judge) => !before.get(row.metric)?.includes(judge)));
  if (judged.length === 0) return before;
  const judges = new Map(before);
  for (const row of judged) judges.set(row.metric, [...new Set([...(judges.get(row.metric) ?? []), ...row.judges])]);
  return judges;
};

const addSpent = (before: RolloutEvidence['spent'], live: readonly WindowRow[]): RolloutEvidence['spent'] => {
  const usd = (metric: string): number =>
    live.reduce((sum, row) => (row.metric === metric && row.slice === ALL ? sum + row.sumMicro : sum), 0) /
    MICRO /
    1_000;
  return { answersUsd: before.answersUsd + usd('cost'), judgingUsd: before.judgingUsd + usd('judge_cost') };
};

const groupByCell = (rows: readonly WindowRow[]): Map<string, WindowRow[]> =>
  Map.groupBy(rows, (row) => cellKey(row.metric, row.slice));

const stepLive = (cell: Cell, plan: MetricPlan, rows: readonly WindowRow[]): Cell => {
  const bySequence = [...Map.groupBy(rows, (row) => row.routingSequence)].sort(([a], [b]) => a - b);
  const strata = bySequence.map(([, stratum]) => ({
    candidate: stratum.find((row) => row.arm === 'candidate'),
    stable: stratum.find((row) => row.arm === 'stable'),
  }));
  const counted = strata.flatMap(({ candidate, stable }) => [candidate, stable]).filter((row) => row !== undefined);
  return stepCell(cell, plan, strata, counted.map(windowKeyText));
};

const countStages = (
  before: RolloutEvidence['stages'],
  plan: Plan,
  rows: readonly WindowRow[],
): ReadonlyMap<number, StageCounts> => {
  const stages = new Map(before);
  for (const row of rows) {
    const stage = plan.stageOf.get(row.routingSequence);
    if (stage === undefined || !isCounted(row)) continue;
    stages.set(stage, countRow(stages.get(stage) ?? noCounts(), row));
  }
  return stages;
};

const stepBlocks = (
  blocks: RolloutEvidence['blocks'],
  plan: Plan,
  rows: readonly WindowRow[],
): RolloutEvidence['blocks'] => {
  const canary = rows.filter((row) => (plan.stageOf.get(row.routingSequence) ?? -1) >= 0);
  if (canary.length === 0) return blocks;
  const stage = canary.reduce((latest, row) => Math.max(latest, plan.stageOf.get(row.routingSequence) ?? -1), -1);
  return blocks.map((block, i) => {
    const threshold = thresholdsOf(plan.spec)[i];
    return threshold === undefined ? block : stepBlock(block, threshold, canary, stage);
  });
};

/** In shadow the candidate's copies count, later its answers to users. */
const stepTallies = (
  tallies: RolloutEvidence['tallies'],
  plan: Plan,
  { live, replayed }: { live: readonly WindowRow[]; replayed: readonly WindowRow[] },
): RolloutEvidence['tallies'] => {
  if (tallies.length === 0) return tallies;
  const staged = [...replayed.filter(({ kind }) => kind === 'shadow'), ...live].flatMap((row) => {
    const stage = plan.stageOf.get(row.routingSequence);
    const counts = stage !== undefined && row.arm === 'candidate' && (row.kind === 'shadow') === stage < 0;
    return counts ? [{ row, stage }] : [];
  });
  const inOrder = staged.toSorted((a, b) => a.stage - b.stage);
  return metricLimits(plan.spec).map((limit, i) => stepTally(tallies[i] ?? newTally(), limit, inOrder));
};
