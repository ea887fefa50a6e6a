import type { LimitView } from '../../schemas/limit-view.ts';
import { boundOf } from '../../schemas/limit-spec.ts';
import { phaseOf } from '../../schemas/sentence/comparison.ts';
import { isHeld, isBeyond, type LimitTally } from '../evidence/limit-tallies.ts';
import type { RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { valueOf } from '../evidence/threshold-blocks.ts';
import { type MetricLimit, metricLimits } from '../rollout/limits.ts';
import { isOver, type Run } from '../rollout/run.ts';
import { candidateOf, limitsOf } from '../rollout/strategy.ts';
import { checkGauge, gaugeFor, type Gauges, gaugeView } from '../watching/gauges.ts';

/** A rollout's limits and how each stands, those of metrics first. `evidence` is null where this controller does not see its windows. */
export const limitViews = (
  run: Run,
  evidence: Pick<RolloutEvidence, 'tallies'> | null,
  gauges: Gauges,
  nowMs: number,
): LimitView[] => {
  const ofMetrics = metricLimits(run.spec).map((limit, i) =>
    evidence === null || isOver(run.state) ? metricInLog(run, limit) : metricNow(run, limit, evidence.tallies[i]),
  );
  return [...ofMetrics, ...gaugeLimits(run, gauges, nowMs)];
};

const ofMetric = ({ metric, side, limit, minRequests }: MetricLimit) =>
  ({ of: 'metric', name: metric, side, limit, minRequests, atMs: null, unit: '' }) as const;

const metricNow = (run: Run, limit: MetricLimit, tally: LimitTally | undefined): LimitView => {
  const isOfStage = tally?.stage === run.stage;
  const value = isOfStage ? (valueOf(limit.metric, tally.candidate) ?? null) : null;
  const standing = !isHeld(limit, tally, run.stage) || value === null ? 'waits' : standingOf(limit, value);
  return { ...ofMetric(limit), value, count: isOfStage ? tally.candidate.count : 0, standing };
};

/** What the last decision with evidence says of it; it tells of limits only once there are values enough. */
const metricInLog = (run: Run, limit: MetricLimit): LimitView => {
  const entry = run.lastEvidence?.evidence.find(
    (one) => one.metric === limit.metric && one.stableValue === null && phaseOf(one) === 'threshold',
  );
  const value = entry?.candidateValue ?? null;
  const standing = value === null ? null : standingOf(limit, value);
  return { ...ofMetric(limit), value, count: entry?.candidateCount ?? null, standing };
};

const standingOf = (limit: MetricLimit, value: number): 'holds' | 'broken' =>
  isBeyond(limit, value) ? 'broken' : 'holds';

const gaugeLimits = (run: Run, gauges: Gauges, nowMs: number): LimitView[] =>
  limitsOf(run.spec).flatMap((limit): LimitView[] => {
    const { gauge } = limit;
    if (gauge === undefined) return [];
    const { bound, written } = boundOf(limit);
    const of = { agent: run.spec.agent, version: candidateOf(run.spec) ?? '' };
    const found = isOver(run.state) ? undefined : gaugeFor(gauges, { ...of, gauge });
    const shown = found && gaugeView(found, nowMs);
    const check = checkGauge(gauges, { ...limit, gauge }, { ...of, nowMs }).kind;
    const now = check === 'stale' && found === undefined ? 'waits' : check;
    return [
      {
        of: 'gauge',
        name: gauge,
        side: bound === 'min' ? 'min' : 'max',
        limit: Number(written),
        value: shown?.value ?? null,
        count: null,
        minRequests: null,
        atMs: shown?.timeMs ?? null,
        unit: shown?.unit ?? '',
        standing: isOver(run.state) ? gaugeInLog(run, gauge) : now,
      },
    ];
  });

/** The log names the gauge that stopped a rollout, and tells nothing of the others. */
const gaugeInLog = ({ state, last }: Run, gauge: string): 'broken' | null =>
  state === 'rolled_back' && last.metric === gauge ? 'broken' : null;
