import type { Decision } from '../../schemas/decision.ts';
import { AgentDocument, RolloutDocument } from '../../schemas/documents.ts';
import { GateDocument } from '../../schemas/gate-document.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import { type AgentState, applyDecision, newAgent, underWay } from '../rollout/agent-log.ts';
import { type RolloutEvidence, foldStep, noEvidence } from '../evidence/rollout-evidence.ts';
import { buildDecision, commandGrounds } from '../rollout/build-decision.ts';
import { register } from '../commands/register.ts';
import { type Facts, onEvent, type RolloutEvent } from '../rollout/rollout.ts';
import { start } from '../commands/start.ts';
import { type Behaviour, CATEGORIES, randomOf, type World, windowRows } from './traffic.fixture.ts';
import type { WindowStep } from '../evidence/window-queue.ts';
import { stepOnWindows } from '../deciding/windows-step.ts';

export const T0 = 1_700_000_000_000;

export const GOOD: Behaviour = {
  error: 0.01,
  taskFailure: { simple: 0.05, multiple: 0.1, irrelevance: 0.2 },
  empathy: 0.7,
  latency: 0.2,
};

/** Stable as it should be, and a candidate that differs from it as told, in windows of a second. */
export const worldOf = (requestsPerWindow: number, candidate: object = {}, more: Partial<World> = {}): World => ({
  stable: GOOD,
  candidate: { ...GOOD, ...candidate },
  requestsPerWindow,
  windowMs: 1_000,
  ...more,
});

export const AGENT = AgentDocument.parse({
  apiVersion: 'coalmine/v1',
  kind: 'Agent',
  metadata: { name: 'support' },
  spec: {
    stable: 'v1',
    versions: ['v1', 'v2', 'v3'].map((label) => ({
      label,
      upstream: `http://127.0.0.1:9101/${label}`,
      code: 'git:1',
      prompt: label,
    })),
    slices: [{ label: 'category', values: CATEGORIES }],
  },
});

export const rolloutDocument = (spec: object, name = 'support-v2'): RolloutDocument =>
  RolloutDocument.parse({
    apiVersion: 'coalmine/v1',
    kind: 'Rollout',
    metadata: { name },
    spec: {
      agent: 'support',
      candidate: 'v2',
      stages: [
        { weightPct: 5, duration: '10s' },
        { weightPct: 25, duration: '10s' },
        { weightPct: 50, duration: '10s' },
        { weightPct: 100, duration: '10s' },
      ],
      minRequests: 20,
      ...spec,
    },
  });

/** What an eval gate found of v2. */
export const gateDocument = (spec: object): GateDocument =>
  GateDocument.parse({
    apiVersion: 'coalmine/v1',
    kind: 'Gate',
    metadata: { name: 'ci' },
    spec: { agent: 'support', version: 'v2', passed: true, ...spec },
  });

/** A rollout of another strategy than canary. */
export const strategyDocument = (spec: object, name = 'support-x'): RolloutDocument =>
  RolloutDocument.parse({
    apiVersion: 'coalmine/v1',
    kind: 'Rollout',
    metadata: { name },
    spec: { agent: 'support', ...spec },
  });

export const AB = {
  strategy: 'ab',
  arms: [
    { name: 'stable', version: 'v1', weightPct: 30 },
    { name: 'short', version: 'v2', weightPct: 30 },
    { name: 'kind', version: 'v3', weightPct: 40 },
  ],
  duration: '20s',
};

export const BLUE_GREEN = {
  strategy: 'bluegreen',
  candidate: 'v2',
  smoke: { requests: [{ body: { messages: [{ role: 'user', content: 'hi' }] }, expect: { contains: 'hello' } }] },
  watch: '20s',
  minRequests: 20,
  thresholds: [{ metric: 'error_rate', maxAbsolute: 0.1 }],
};

export const SHADOW = { duration: '10s', minPairs: 30 };

/** Windows that tell nothing but that time passes and requests come. */
export const factsOf = (given: Partial<Facts>): RolloutEvent & { type: 'windows' } => ({
  type: 'windows',
  facts: {
    clockMs: given.streamTimeMs ?? T0 + 1_000,
    streamTimeMs: T0 + 1_000,
    windowMs: 1_000,
    worse: null,
    shortfall: null,
    shortfallLasts: false,
    candidateRequests: 1_000,
    enoughPairs: true,
    isProven: false,
    weightPct: null,
    outcome: null,
    passed: 'nothing proven worse',
    ...given,
  },
});

/** What an event leads to in the log, now effective. Throws if it leads to nothing. */
export const stepped = (
  { state, decisions }: { state: AgentState; decisions: readonly Decision[] },
  event: RolloutEvent,
  timeMs = T0,
): { state: AgentState; decisions: Decision[] } => {
  const outcome = onEvent(state.run!, event);
  if (outcome.kind !== 'decide') throw new Error(`${outcome.kind}: ${JSON.stringify(event)}`);
  const decision = buildDecision(state, state.run!, outcome.plan, commandGrounds('test', timeMs));
  const next = applyDecision(state, decision);
  if (next === null) throw new Error('not effective');
  return { state: next, decisions: [...decisions, decision] };
};

/** The agent registered, at T0. */
export const registered = (): { state: AgentState; decisions: Decision[] } => {
  const registration = register(newAgent('support'), AGENT, ({ prompt }) => `id-${prompt}`, { by: 'test', timeMs: T0 });
  const state = registration.kind === 'decide' ? applyDecision(newAgent('support'), registration.decision) : null;
  if (registration.kind !== 'decide' || state === null) throw new Error('not registered');
  return { state, decisions: [registration.decision] };
};

/** The agent registered, and the rollout started, at T0. */
export const started = (
  document: RolloutDocument,
  from = registered(),
): { state: AgentState; decisions: Decision[] } => {
  const begun = start(from.state, document, { by: 'test', timeMs: T0 });
  if (begun.kind !== 'decide') throw new Error(JSON.stringify(begun.refusal));
  const state = applyDecision(from.state, begun.decision);
  if (state === null) throw new Error('not started');
  return { state, decisions: [...from.decisions, begun.decision] };
};

export type Played = { state: AgentState; decisions: Decision[]; windows: WindowStep[]; evidence: RolloutEvidence };

const take = (played: Played, step: WindowStep, nowMs: number): void => {
  played.windows.push(step);
  const run = underWay(played.state);
  if (run === null) return;
  const folded = foldStep(played.evidence, run, step);
  if (folded.problems.length > 0) throw new Error(folded.problems.join());
  const next = stepOnWindows(played.state, run, folded.evidence, nowMs);
  played.evidence = next.evidence;
  if (next.decision === null) return;
  const state = applyDecision(played.state, next.decision);
  if (state === null) throw new Error('a proposal was not effective');
  played.state = state;
  played.decisions.push(next.decision);
};

/**
 * Plays a rollout through the pure core: windows as the world makes them, each judged when it is closed, those of the
 * exchanges first. The scores' wait while the judge is silent.
 */
export const play = (
  document: RolloutDocument,
  world: World,
  seed: number,
  {
    windows = 200,
    isSilent = () => false,
    from = started(document),
    meanwhile = () => null,
  }: {
    windows?: number;
    isSilent?: (window: number) => boolean;
    from?: ReturnType<typeof started>;
    /** What somebody decides before a window begins. */
    meanwhile?: (window: number, state: AgentState) => Decision | null;
  } = {},
): Played => {
  const { state: first, decisions } = from;
  const random = randomOf(seed);
  const played: Played = { state: first, decisions: [...decisions], windows: [], evidence: noEvidence(document.spec) };
  const late: WindowStep[] = [];
  for (let i = 0; i < windows; i++) {
    const own = meanwhile(i, played.state);
    if (own !== null) {
      played.state = applyDecision(played.state, own) ?? played.state;
      played.decisions.push(own);
    }
    if (underWay(played.state) === null || played.state.routing === null) break;
    const startMs = T0 + i * world.windowMs;
    const closedThroughMs = startMs + world.windowMs;
    const rows = windowRows(world, played.state.routing, startMs, random);
    const of = (topic: string): WindowStep => ({
      rows: rows.filter((row) => row.sourceTopic === topic),
      topic,
      closedThroughMs,
    });
    take(played, of(EXCHANGES.name), closedThroughMs);
    late.push(of(SCORES.name));
    if (!isSilent(i)) for (const step of late.splice(0)) take(played, step, closedThroughMs);
  }
  return played;
};
