import { AgentDocument, RolloutDocument } from '../../schemas/documents.ts';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';
import type { WindowRow } from '../../schemas/window.ts';
import { type AgentState, applyDecision, newAgent, underWay } from '../../controller/rollout/agent-log.ts';
import { foldStep, noEvidence } from '../../controller/evidence/rollout-evidence.ts';
import { register } from '../../controller/commands/register.ts';
import { start } from '../../controller/commands/start.ts';
import type { Promotion } from '../../controller/rollout/strategy.ts';
import { stepOnWindows } from '../../controller/deciding/windows-step.ts';
import type { Contest } from './contest.ts';
import { STAGES } from './scenarios.ts';

/** The controller's own core, fed with windows as the analyzer would write them. No rule is repeated here. */
const T0 = 1_700_000_040_000;
export const WINDOW_MS = 60_000;
const AGENT = 'simulated';
const AT_START = { by: 'simulation', timeMs: T0 };

/**
 * An agent with a rollout just begun, its metrics with the tolerances that documents have by default. Plain data that nothing changes: every
 * rollout of a run begins with the same. With `metrics` null the document names none, and no stages either: all is by default.
 */
export const startedAgent = (
  metrics: readonly { name: string }[] | null,
  promotion: Promotion,
  slices: readonly { label: string; values: readonly string[] }[] = [],
): AgentState => {
  const agent = AgentDocument.parse({
    apiVersion: 'coalmine/v1',
    kind: 'Agent',
    metadata: { name: AGENT },
    spec: {
      stable: 'v1',
      versions: ['v1', 'v2'].map((label) => ({
        label,
        upstream: `http://127.0.0.1:9000/${label}`,
        code: label,
        prompt: label,
      })),
      slices,
    },
  });
  const rollout = RolloutDocument.parse({
    apiVersion: 'coalmine/v1',
    kind: 'Rollout',
    metadata: { name: 'simulated' },
    spec: {
      agent: AGENT,
      candidate: 'v2',
      promotion,
      ...(promotion === 'budget' || metrics === null
        ? {}
        : { stages: STAGES.map(({ weightPct, minutes }) => ({ weightPct, duration: `${minutes}m` })) }),
      ...(metrics === null ? {} : { metrics }),
    },
  });
  const registered = register(newAgent(AGENT), agent, ({ prompt }) => `id-${prompt}`, AT_START);
  if (registered.kind !== 'decide') throw new Error('the simulated agent was refused');
  const known = applyDecision(newAgent(AGENT), registered.decision);
  const begun = start(known, rollout, AT_START);
  if (begun.kind !== 'decide') throw new Error(`the simulated rollout was refused: ${JSON.stringify(begun.refusal)}`);
  const state = known === null ? null : applyDecision(known, begun.decision);
  if (state === null) throw new Error('the simulated rollout did not start');
  return state;
};

/** Rows of one minute under a routing view. */
export type RowsOf<M> = (minute: M, view: RoutingView, startMs: number) => WindowRow[];

/** Every minute's rows are folded, those of the exchanges first, then looked at once. */
export const createOurs = <M>(begun: AgentState, rowsOf: RowsOf<M>, windowMs = WINDOW_MS): Contest<M> => {
  let state = begun;
  let startMs = T0;
  let evidence = noEvidence(runOf(begun).spec);
  return {
    weightPct: () => routingOf(state).arms.find(({ name }) => name === 'candidate')?.weight ?? 0,
    take: (minute) => {
      const run = runOf(state);
      const rows = rowsOf(minute, routingOf(state), startMs);
      startMs += windowMs;
      for (const { name: topic } of [EXCHANGES, SCORES]) {
        const step = { rows: rows.filter((row) => row.sourceTopic === topic), topic, closedThroughMs: startMs };
        const folded = foldStep(evidence, run, step);
        if (folded.problems.length > 0) throw new Error(folded.problems.join('; '));
        evidence = folded.evidence;
      }
      const next = stepOnWindows(state, run, evidence, startMs);
      evidence = next.evidence;
      if (next.decision === null) return 'running';
      const after = applyDecision(state, next.decision);
      if (after === null) throw new Error(`the decision ${next.decision.type} was not effective`);
      state = after;
      const told = after.run?.state;
      return told === 'promoted' || told === 'rolled_back' ? told : 'running';
    },
  };
};

const runOf = (state: AgentState): NonNullable<AgentState['run']> => {
  const run = underWay(state);
  if (run === null) throw new Error('the simulated rollout is over');
  return run;
};

const routingOf = ({ routing }: AgentState): RoutingView => {
  if (routing === null) throw new Error('the simulated agent has no routing');
  return routing;
};
