import { ALL, windowKeyText, type WindowRow } from '../../schemas/window.ts';
import { type Cell, newCell, type Pair, stepCell } from './cell.ts';
import { countRow, noCounts, type StageCounts } from './coverage.ts';
import { cellShares, liveTopic, metricPlans, type MetricPlan, type RolloutSpec, type Slices } from './metric-plan.ts';
import { newShadowCell, type ShadowCell, stepShadowCell } from './shadow-cell.ts';
import { newBlock, stepBlock, type ThresholdBlock } from './threshold-blocks.ts';

/** A rollout's evidence: a deterministic fold over its windows in order of time. Never carried over to another rollout. */
export type Evidence = {
  cells: ReadonlyMap<string, Cell>;
  shadowCells: ReadonlyMap<string, ShadowCell>;
  /** By stage; −1 is shadow. */
  stages: ReadonlyMap<number, StageCounts>;
  /** Metrics that any live row has spoken of, even if only as error or not applicable. */
  seenMetrics: ReadonlySet<string>;
  blocks: readonly ThresholdBlock[];
  /** 0 before the first row. */
  windowMs: number;
  /** Since when, in stream time, what is seen does not suffice; null when it does. */
  shortSinceMs: number | null;
};

/** What the fold must know of the rollout. */
export type Plan = { spec: RolloutSpec; slices: Slices; stageOf: ReadonlyMap<number, number> };

export const noEvidence = (spec: RolloutSpec): Evidence => ({
  cells: new Map(),
  shadowCells: new Map(),
  stages: new Map(),
  seenMetrics: new Set(),
  blocks: spec.thresholds.map(newBlock),
  windowMs: 0,
  shortSinceMs: null,
});

export const cellKey = (metric: string, slice: string): string => `${metric}|${slice}`;

/**
 * The evidence after all rows of one window start. Rows that contradict themselves (sums that no values can have) are left
 * out and named in `problems`; rows of other arms, slices or metrics than the rollout's are ignored.
 */
export const foldWindow = (
  before: Evidence,
  plan: Plan,
  rows: readonly WindowRow[],
): { evidence: Evidence; problems: string[] } => {
  const problems: string[] = [];
  const live = rows.filter((row) => row.kind === 'live' && row.sourceTopic === liveTopic(row.metric));
  const replayed = rows.filter((row) => row.kind !== 'live');
  const cells = new Map(before.cells);
  const shadowCells = new Map(before.shadowCells);
  const liveByCell = groupByCell(live);
  const replayedByCell = groupByCell(replayed);
  for (const metricPlan of metricPlans(plan.spec))
    for (const { slice } of cellShares(metricPlan, plan.slices)) {
      const key = cellKey(metricPlan.spec.name, slice);
      const own = liveByCell.get(key);
      if (own !== undefined)
        try {
          cells.set(key, stepLive(cells.get(key) ?? newCell(metricPlan), metricPlan, own));
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          problems.push(`${key}: ${error.message}`);
        }
      const pairs = replayedByCell.get(key);
      if (pairs !== undefined)
        shadowCells.set(key, stepShadowCell(shadowCells.get(key) ?? newShadowCell(), pairs, pairs.map(windowKeyText)));
    }
  return {
    evidence: {
      ...before,
      cells,
      shadowCells,
      stages: countStages(before.stages, plan, live),
      seenMetrics: new Set([...before.seenMetrics, ...live.map((row) => row.metric)]),
      blocks: stepBlocks(before.blocks, plan, live),
      windowMs: rows.reduce((ms, row) => Math.max(ms, row.endMs - row.startMs), before.windowMs),
    },
    problems,
  };
};

const groupByCell = (rows: readonly WindowRow[]): Map<string, WindowRow[]> =>
  Map.groupBy(rows, (row) => cellKey(row.metric, row.slice));

const stepLive = (cell: Cell, plan: MetricPlan, rows: readonly WindowRow[]): Cell => {
  const strata = [...Map.groupBy(rows, (row) => row.routingSequence)].sort(([a], [b]) => a - b);
  const pairs: Pair[] = strata.map(([, stratum]) => ({
    candidate: stratum.find((row) => row.arm === 'candidate'),
    stable: stratum.find((row) => row.arm === 'stable'),
  }));
  const counted = pairs.flatMap(({ candidate, stable }) => [candidate, stable]).filter((row) => row !== undefined);
  return stepCell(cell, plan, pairs, counted.map(windowKeyText));
};

const countStages = (
  before: Evidence['stages'],
  plan: Plan,
  rows: readonly WindowRow[],
): ReadonlyMap<number, StageCounts> => {
  const stages = new Map(before);
  for (const row of rows) {
    const stage = plan.stageOf.get(row.routingSequence);
    if (stage === undefined || row.slice !== ALL) continue;
    stages.set(stage, countRow(stages.get(stage) ?? noCounts(), row));
  }
  return stages;
};

const stepBlocks = (blocks: Evidence['blocks'], plan: Plan, rows: readonly WindowRow[]): Evidence['blocks'] => {
  const canary = rows.filter((row) => (plan.stageOf.get(row.routingSequence) ?? -1) >= 0);
  if (canary.length === 0) return blocks;
  const stage = canary.reduce((latest, row) => Math.max(latest, plan.stageOf.get(row.routingSequence) ?? -1), -1);
  return blocks.map((block, i) => {
    const threshold = plan.spec.thresholds[i];
    return threshold === undefined ? block : stepBlock(block, threshold, canary, stage);
  });
};
