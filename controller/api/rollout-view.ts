import type { Arm } from '../../schemas/routing-view.ts';
import { CONTROLLER } from '../../schemas/actor.ts';
import { APPROVAL_FOR_MS } from '../../schemas/approval.ts';
import type { RolloutView } from '../../schemas/controller-api.ts';
import { type Gauges, gaugeViews } from '../watching/gauges.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import { sentenceOf } from '../../schemas/sentence/sentence.ts';
import type { Standing } from '../../schemas/sentence/standing.ts';
import type { CanarySpec } from '../../schemas/documents.ts';
import type { TimeToVerdict } from '../../schemas/time-to-verdict.ts';
import type { Moment } from '../rollout/build-decision.ts';
import type { Facts } from '../rollout/rollout.ts';
import { controlOf } from '../evidence/experiment.ts';
import { goalOf } from '../evidence/experiment-goal.ts';
import { judgeViews } from './judge-views.ts';
import { limitViews } from './limit-views.ts';
import { checksOf, failingCheck } from '../rollout/checks.ts';
import { dueMs, isOver, type Run } from '../rollout/run.ts';
import { type Live, liveMoment } from '../verdict/moment.ts';
import {
  candidateOf,
  isBounded,
  isByEvidence,
  isCanary,
  minRequestsOf,
  promotionOf,
  stagesOf,
} from '../rollout/strategy.ts';

/** A rollout as the API shows it. `live` is null where this controller does not own its windows, `time` where it can't be told. */
export const rolloutView = (
  agent: AgentState,
  run: Run,
  live: Live | null,
  time: TimeToVerdict | null,
  nowMs: number,
  gauges: Gauges = new Map(),
): RolloutView => {
  const { spec, last, lastEvidence } = run;
  const isCurrent = agent.run?.id === run.id && !isOver(run.state);
  const approval = approvalOf(run, nowMs);
  const { arms } = isCurrent && agent.routing !== null ? agent.routing : last.routing;
  const facts = live?.observation.facts;
  const shown = live === null ? lastEvidence : liveMoment(run, live);
  return {
    id: run.id,
    name: run.name,
    agent: agent.agent,
    strategy: spec.strategy,
    stable: run.stableVersion,
    candidate: candidateOf(spec),
    state: run.state,
    stage: run.stage,
    stages: stagesOf(spec),
    weights: candidateOf(spec) === null ? null : weightsOf(run, arms),
    arms: arms.map(({ name, version, weight }) => ({ name, version, weightPct: weight })),
    routingSequence: last.sequence,
    startedAtMs: run.startedAtMs,
    endedAtMs: run.endedAtMs,
    dueMs: dueMs(run),
    pause: run.pause,
    approval,
    sentence: isOver(run.state)
      ? sentenceOf(last)
      : sentenceOf({ ...standingOf(run, shown, facts, time), approval: waitOf(approval, nowMs) }),
    timeToVerdict: time,
    hold: holdOf(run),
    checks: checksOf(spec).map(({ name }) => checkView(run, name)),
    policy: isCanary(spec) ? spec.policy : null,
    promotion: isPromoted(spec) ? promotionOf(spec) : null,
    bounded: isBounded(spec),
    alpha: spec.strategy === 'bluegreen' ? null : spec.alpha,
    logE: shown?.logE ?? null,
    logThreshold: isCanary(spec) ? Math.log(1 / spec.alpha) : (shown?.logThreshold ?? null),
    live: live !== null,
    streamTimeMs: facts?.streamTimeMs ?? lastEvidence?.windowsThroughMs ?? null,
    candidateRequests: shown?.candidateRequests ?? last.candidateRequests,
    minRequests: run.stage < 0 ? 0 : minRequestsOf(spec),
    spent: live?.evidence.spent ?? null,
    limits: limitViews(run, live?.evidence ?? null, gauges, nowMs),
    gauges: gaugeViews(gauges, agent.agent, nowMs),
    coverage: live?.observation.coverage ?? [],
    metrics: shown?.evidence ?? [],
    judges: judgeViews(live?.evidence.judges ?? new Map(), comparedVersions(run), last.routing.versions),
    experiment: experimentView(spec),
    windowKeys: shown?.windowKeys ?? [],
    last: {
      type: last.type,
      reason: last.reason,
      by: last.by,
      timeMs: last.timeMs,
      metric: last.metric,
      slice: last.slice,
    },
  };
};

const comparedVersions = ({ spec, stableVersion }: Run): string[] => [
  ...new Set(spec.strategy === 'ab' ? spec.arms.map(({ version }) => version) : [spec.candidate, stableVersion]),
];

const experimentView = (spec: Run['spec']): RolloutView['experiment'] => {
  if (spec.strategy !== 'ab') return null;
  const goal = goalOf(spec);
  const told = goal && { metric: goal.spec.metric, better: goal.spec.better ?? goal.metric.better };
  return { control: controlOf(spec), goal: told };
};

/** What its telemetry lacks, or a check that does not pass. */
const holdOf = (run: Run): string | null => (isOver(run.state) ? null : (run.hold ?? failingCheck(run)));

const checkView = (run: Run, name: string): RolloutView['checks'][number] => {
  const { outcome, reason, atMs } = run.checks.get(name) ?? { outcome: null, reason: '', atMs: null };
  return { name, outcome, reason, atMs };
};

const isPromoted = (spec: Run['spec']): spec is CanarySpec => isCanary(spec) && spec.strategy === 'canary';

/** What one person asked for and another has yet to agree to. */
const approvalOf = ({ asked }: Run, nowMs: number): RolloutView['approval'] =>
  asked === null || nowMs >= asked.atMs + APPROVAL_FOR_MS
    ? null
    : { by: asked.by, arm: asked.arm, untilMs: asked.atMs + APPROVAL_FOR_MS };

const waitOf = (approval: RolloutView['approval'], nowMs: number): Standing['approval'] =>
  approval === null ? null : { by: approval.by, arm: approval.arm, leftMs: approval.untilMs - nowMs };

const standingOf = (
  run: Run,
  shown: Moment | null,
  facts: Facts | undefined,
  time: TimeToVerdict | null,
): Omit<Standing, 'approval'> => {
  const { spec, state, stage, stableVersion: stable, weightPct } = run;
  return {
    rollout: run.name,
    state,
    stage,
    stages: stagesOf(spec).length,
    weightPct: spec.strategy === 'bluegreen' && stage >= 0 ? 100 : weightPct,
    candidate: candidateOf(spec),
    stable,
    hold: holdOf(run),
    evidence: shown?.evidence ?? [],
    time,
    ...heldAgainst(run, shown),
    candidateRequests: shown?.candidateRequests ?? null,
    stageRequests: facts?.candidateRequests ?? null,
    minRequests: stage < 0 ? 0 : minRequestsOf(spec),
    promotion: isPromoted(spec) ? promotionOf(spec) : null,
    dueMs: dueMs(run),
    streamTimeMs: facts?.streamTimeMs ?? null,
    pausedBy: run.pausedBy === CONTROLLER ? null : run.pausedBy,
    pause: run.pause,
  };
};

/** ln E and what it is held against; null both where plain thresholds alone can stop the rollout. */
const heldAgainst = ({ spec, stage }: Run, shown: Moment | null): Pick<Standing, 'logE' | 'logThreshold'> => {
  if (!isCanary(spec)) return { logE: shown?.logE ?? null, logThreshold: shown?.logThreshold ?? null };
  if (!isByEvidence(spec) && stage >= 0) return { logE: null, logThreshold: null };
  return { logE: shown?.logE ?? 0, logThreshold: Math.log(1 / spec.alpha) };
};

const weightsOf = (run: Run, arms: readonly Arm[]): { stable: number; candidate: number } => {
  const current = arms.find((arm) => arm.name === 'candidate')?.weight ?? 0;
  const candidate = run.state === 'promoted' ? 100 : current;
  return { stable: 100 - candidate, candidate };
};
