import type { CanarySpec } from '../../schemas/documents.ts';
import { MICRO, noValues, type WindowRow } from '../../schemas/window.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { newCell, stepCell } from '../evidence/cell.ts';
import { cellKey, type RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { type MetricPlan, metricPlans } from '../rollout/metric-plan.ts';
import { pausesOf, promotionOf, stageDurationMs, stagesOf } from '../rollout/strategy.ts';
import { ruleOf } from '../rules/table.ts';
import { adjustedWeightPct, budgetWeightPct } from './harm-budget.ts';
import type { ExpectedValues } from './expected-values.ts';

/** A stretch of the way to a verdict at one weight. */
export type PathSegment = { weightPct: number; candidateRequests: number; minutes: number };

/** Where a rollout is: the stage, how much of its time is over, what the candidate gets, and its requests in this stage. */
export type PathStart = { stage: number; elapsedMs: number; weightPct: number; stageRequests: number };

/** Each stretch adds so much to the candidate's requests, and the first has so many. */
const STEP = 0.12;
const FIRST_REQUESTS = 20;
const LAST_MINUTE = 31 * 1_440;
const MAX_SEGMENTS = 150;

/**
 * How much of the traffic a candidate as good as stable is expected to get, from now on: the stages for their times, or under `budget` the weight
 * that the budget gives as the evidence goes on as expected, by the rules' own steps. It ends after a month.
 */
export const expectedPath = (
  spec: CanarySpec,
  start: PathStart,
  evidence: RolloutEvidence,
  expected: ReadonlyMap<string, ExpectedValues>,
  requestsPerMinute: number,
): PathSegment[] =>
  promotionOf(spec) === 'budget'
    ? budgetPath(spec, start, evidence, expected, requestsPerMinute)
    : stagesPath(spec, start, requestsPerMinute);

/** A stage lasts for its time, and until it has its requests. The last goes on. */
const stagesPath = (spec: CanarySpec, start: PathStart, requestsPerMinute: number): PathSegment[] => {
  const stages = stagesOf(spec);
  const first = Math.max(0, start.stage);
  const planned = stages.slice(first).flatMap(({ weightPct }, i): PathSegment[] => {
    const isNow = i === 0 && start.stage >= 0;
    const rate = (requestsPerMinute * weightPct) / 100;
    const plannedMs = stageDurationMs(spec, first + i) + pausedMs(spec, first + i);
    const time = Math.max(0, plannedMs - (isNow ? start.elapsedMs : 0)) / 60_000;
    const waits = Math.max(0, spec.minRequests - (isNow ? start.stageRequests : 0)) / rate;
    return split({ weightPct, candidateRequests: Math.max(time, waits) * rate, minutes: Math.max(time, waits) });
  });
  if (promotionOf(spec) === 'timer') return planned;
  const weightPct = stages.at(-1)?.weightPct ?? start.weightPct;
  const spent = planned.reduce((sum, { candidateRequests }) => sum + candidateRequests, 0);
  return [...planned, ...growing(spent, () => weightPct, requestsPerMinute)];
};

/** Of pauses that end by themselves, behind a stage; how long somebody lets a rollout wait nobody knows. */
const pausedMs = (spec: CanarySpec, after: number): number =>
  pausesOf(spec).reduce((sum, { stage, durationMs }) => sum + (stage === after ? (durationMs ?? 0) : 0), 0);

const PIECES = 12;
const split = ({ weightPct, candidateRequests, minutes }: PathSegment): PathSegment[] =>
  Array.from({ length: PIECES }, () => ({
    weightPct,
    candidateRequests: candidateRequests / PIECES,
    minutes: minutes / PIECES,
  }));

/** Ever longer stretches; `weightAfter` is told each, and gives the weight of the next. */
const growing = (
  already: number,
  weightAfter: (segment: PathSegment | null) => number,
  requestsPerMinute: number,
): PathSegment[] => {
  const segments: PathSegment[] = [];
  let [requests, minutes] = [already, 0];
  let weightPct = weightAfter(null);
  while (minutes < LAST_MINUTE && segments.length < MAX_SEGMENTS) {
    const candidateRequests = Math.max(FIRST_REQUESTS, STEP * requests);
    const segment = {
      weightPct,
      candidateRequests,
      minutes: candidateRequests / ((requestsPerMinute * weightPct) / 100),
    };
    segments.push(segment);
    requests += candidateRequests;
    minutes += segment.minutes;
    weightPct = weightAfter(segment);
  }
  return segments;
};

const budgetPath = (
  spec: CanarySpec,
  start: PathStart,
  evidence: RolloutEvidence,
  expected: ReadonlyMap<string, ExpectedValues>,
  requestsPerMinute: number,
): PathSegment[] => {
  const plans = metricPlans(spec).filter(({ metric }) => ruleOf(metric).budgetedBad !== null);
  const seenMetrics = new Set([...evidence.seenMetrics, ...expected.keys()]);
  const begun = stagesOf(spec)[0]?.weightPct ?? spec.budget.minPct;
  let weightPct = start.stage >= 0 && start.weightPct > 0 ? start.weightPct : begun;
  let cells = evidence.cells;
  const already = [...evidence.stages.values()].reduce((sum, { candidate }) => sum + candidate.seen, 0);
  return growing(
    already,
    (segment) => {
      if (segment !== null) {
        const next = new Map(cells);
        for (const plan of plans) {
          const values = expected.get(plan.metric.rows);
          const key = cellKey(plan.spec.name, ALL);
          if (values !== undefined && values.applies > 0)
            next.set(key, stepCell(next.get(key) ?? newCell(plan), plan, [strataOf(plan, values, segment)], []));
        }
        cells = next;
        weightPct =
          adjustedWeightPct(weightPct, budgetWeightPct({ ...evidence, cells, seenMetrics }, spec)) ?? weightPct;
      }
      return weightPct;
    },
    requestsPerMinute,
  );
};

const strataOf = (
  { metric }: MetricPlan,
  values: ExpectedValues,
  { weightPct, candidateRequests }: PathSegment,
): { candidate: WindowRow; stable: WindowRow } => ({
  candidate: expectedRow(metric.rows, values, candidateRequests),
  stable: expectedRow(metric.rows, values, (candidateRequests * (100 - weightPct)) / weightPct),
});

const NO_ROW: WindowRow = {
  agent: '',
  rollout: '',
  routingSequence: 0,
  version: '',
  arm: '',
  kind: 'live',
  metric: '',
  slice: ALL,
  startMs: 0,
  endMs: 0,
  sourceTopic: '',
  ...noValues(),
};

/**
 * A window's row as it is to be expected: sums of so many answers like stable's, without single values and buckets. In whole micro-units,
 * lest rounding makes fewer than no bad answers of an arm that has none.
 */
const expectedRow = (metric: string, { applies, level }: ExpectedValues, answers: number): WindowRow => {
  const countMicro = Math.round(answers * applies * MICRO);
  return {
    ...NO_ROW,
    metric,
    count: countMicro / MICRO,
    sumMicro: Math.round(countMicro * level.mean),
    sumSqMicro: Math.round(countMicro * (level.mean ** 2 + level.variance)),
    notApplicable: answers * (1 - applies),
  };
};
