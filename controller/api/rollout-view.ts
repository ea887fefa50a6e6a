import type { Arm } from '../../schemas/routing-view.ts';
import type { Evidence as EvidenceEntry, RolloutState } from '../../schemas/decision.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import type { CoverageEntry } from '../evidence/coverage.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { type Observation } from '../verdict/observe.ts';
import { dueMs, isOver, type Run } from '../rollout/run.ts';
import { shownEvidence } from '../verdict/shown-evidence.ts';
import { candidateOf, isBounded, isCanary, minRequestsOf, stagesOf } from '../rollout/strategy.ts';

/** All that a live view of a rollout needs. Times are epoch milliseconds, weights percent. */
export type RolloutView = {
  id: string;
  name: string;
  agent: string;
  strategy: string;
  stable: string;
  /** Null in an experiment, where all arms are alike; so are `weights`. */
  candidate: string | null;
  state: RolloutState;
  /** −2 before the gate, −1 in shadow and smoke; while paused, the one it resumes into. */
  stage: number;
  stages: { weightPct: number; durationMs: number }[];
  weights: { stable: number; candidate: number } | null;
  /** Who answers users: while under way, and after it. */
  arms: { name: string; version: string; weightPct: number }[];
  routingSequence: number;
  startedAtMs: number;
  endedAtMs: number | null;
  /** When the stage's planned time is over, in stream time. */
  dueMs: number | null;
  /** Why it is on HOLD. */
  hold: string | null;
  /** Null where no candidate is compared with stable, as are `alpha` and the evidence. */
  policy: string | null;
  bounded: boolean;
  alpha: number | null;
  logE: number | null;
  logThreshold: number | null;
  /** Whether the evidence is what this controller sees now; else it is that of the last decision with any. */
  live: boolean;
  streamTimeMs: number | null;
  candidateRequests: number | null;
  minRequests: number;
  /** What all arms' answers and their judging cost so far; null where this controller does not see it now. */
  spent: { answersUsd: number; judgingUsd: number } | null;
  coverage: CoverageEntry[];
  metrics: EvidenceEntry[];
  /** Of the latest windows that the strongest metric rests on. */
  windowKeys: string[];
  last: { type: string; reason: string; by: string; timeMs: number; metric: string | null; slice: string | null };
};

export const rolloutView = (
  agent: AgentState,
  run: Run,
  live: { evidence: Evidence; observation: Observation } | null,
): RolloutView => {
  const { spec, last, lastEvidence } = run;
  const isCurrent = agent.run?.id === run.id && !isOver(run.state);
  const { arms } = isCurrent && agent.routing !== null ? agent.routing : last.routing;
  const facts = live?.observation.facts;
  const shown = live === null ? lastEvidence : shownEvidence(run, live.evidence, live.observation);
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
    hold: run.hold,
    policy: isCanary(spec) ? spec.policy : null,
    bounded: isBounded(spec),
    alpha: spec.strategy === 'bluegreen' ? null : spec.alpha,
    logE: shown?.logE ?? null,
    logThreshold: isCanary(spec) ? Math.log(1 / spec.alpha) : (shown?.logThreshold ?? null),
    live: live !== null,
    streamTimeMs: facts?.streamTimeMs ?? lastEvidence?.windowsThroughMs ?? null,
    candidateRequests: live === null ? null : totalRequests(live.evidence),
    minRequests: run.stage < 0 ? 0 : minRequestsOf(spec),
    spent: live?.evidence.spent ?? null,
    coverage: live?.observation.coverage ?? [],
    metrics: shown?.evidence ?? [],
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

const weightsOf = (run: Run, arms: readonly Arm[]): { stable: number; candidate: number } => {
  const current = arms.find((arm) => arm.name === 'candidate')?.weight ?? 0;
  const candidate = run.state === 'promoted' ? 100 : current;
  return { stable: 100 - candidate, candidate };
};

const totalRequests = (evidence: Evidence): number =>
  [...evidence.stages.values()].reduce((sum, { candidate }) => sum + candidate.seen, 0);
