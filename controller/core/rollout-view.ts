import type { Evidence as EvidenceEntry, RolloutState } from '../../schemas/decision.ts';
import type { AgentState } from './agent-log.ts';
import type { CoverageEntry } from './coverage.ts';
import type { Evidence } from './evidence.ts';
import { evidenceEntries } from './explanation.ts';
import { type Observation } from './observe.ts';
import { stageWeightPct } from './routing.ts';
import { dueMs, isOver, type Run, SHADOW_STAGE } from './run.ts';

/** All that a live view of a rollout needs. Times are epoch milliseconds, weights percent. */
export type RolloutView = {
  id: string;
  name: string;
  agent: string;
  strategy: string;
  stable: string;
  candidate: string;
  state: RolloutState;
  /** −1 in shadow; while paused, the one it resumes into. */
  stage: number;
  stages: { weightPct: number; durationMs: number }[];
  weights: { stable: number; candidate: number };
  routingSequence: number;
  startedAtMs: number;
  endedAtMs: number | null;
  /** When the stage's planned time is over, in stream time. */
  dueMs: number | null;
  /** Why it is on HOLD. */
  hold: string | null;
  policy: string;
  bounded: boolean;
  alpha: number;
  logE: number | null;
  logThreshold: number;
  /** Whether the evidence is what this controller sees now; else it is that of the last decision with any. */
  live: boolean;
  streamTimeMs: number | null;
  candidateRequests: number | null;
  minRequests: number;
  coverage: CoverageEntry[];
  metrics: EvidenceEntry[];
  last: { type: string; reason: string; by: string; timeMs: number; metric: string | null; slice: string | null };
};

export const rolloutView = (
  agent: AgentState,
  run: Run,
  live: { evidence: Evidence; observation: Observation } | null,
): RolloutView => {
  const { spec, last, lastEvidence } = run;
  const isCurrent = agent.run?.id === run.id && !isOver(run.state);
  const weight = isCurrent
    ? (agent.routing?.arms.find((arm) => arm.name === 'candidate')?.weight ?? 0)
    : finalWeight(run);
  const facts = live?.observation.facts;
  return {
    id: run.id,
    name: run.name,
    agent: agent.agent,
    strategy: spec.strategy,
    stable: run.stableVersion,
    candidate: spec.candidate,
    state: run.state,
    stage: run.stage,
    stages: spec.stages.map(({ duration }, i) => ({ weightPct: stageWeightPct(spec, i), durationMs: duration })),
    weights: { stable: 100 - weight, candidate: weight },
    routingSequence: last.sequence,
    startedAtMs: run.startedAtMs,
    endedAtMs: run.endedAtMs,
    dueMs: dueMs(run),
    hold: run.hold,
    policy: spec.policy,
    bounded: spec.policy === 'bounded',
    alpha: spec.alpha,
    logE: live?.observation.verdict.logE ?? lastEvidence?.logE ?? null,
    logThreshold: Math.log(1 / spec.alpha),
    live: live !== null,
    streamTimeMs: facts?.streamTimeMs ?? lastEvidence?.windowsThroughMs ?? null,
    candidateRequests: live === null ? null : totalRequests(live.evidence),
    minRequests: run.stage === SHADOW_STAGE ? 0 : spec.minRequests,
    coverage: live?.observation.coverage ?? [],
    metrics: live === null ? (lastEvidence?.evidence ?? []) : evidenceEntries(live.observation.verdict, live.evidence),
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

const finalWeight = (run: Run): number => (run.state === 'promoted' ? 100 : 0);

const totalRequests = (evidence: Evidence): number =>
  [...evidence.stages.values()].reduce((sum, { candidate }) => sum + candidate.seen, 0);
