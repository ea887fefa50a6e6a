import { nameOf } from '../../schemas/actor.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { RolloutDocument } from '../../schemas/documents.ts';
import { type AgentState, applyDecision, underWay } from '../rollout/agent-log.ts';
import { buildDecision, commandGrounds, type Moment } from '../rollout/build-decision.ts';
import { onEvent } from '../rollout/rollout.ts';
import type { Run } from '../rollout/run.ts';
import { conflict, type Refusal } from './refusal.ts';
import { start } from './start.ts';

/** Who restarts, when, and what is known of what it ends. */
type Context = { by: string; timeMs: number; knownOf: (run: Run) => Moment | undefined };
type Restart = { kind: 'refused'; refusal: Refusal } | { kind: 'decide'; decision: Decision };

/** The next step of a restart: its start, but first the end of the run of that name that is under way. `why` stands in the reason of both. */
export const restartStep = (
  agent: AgentState | null,
  document: RolloutDocument,
  context: Context,
  why: string,
): Restart => {
  const busy = agent === null ? null : underWay(agent);
  return agent !== null && busy?.name === document.metadata.name
    ? endOf(agent, busy, document, context, why)
    : startOver(agent, document, context, why);
};

/** The same plan from its beginning, under a new id: what a stopped one had gathered counts for nothing. */
export const startOver = (
  agent: AgentState | null,
  document: RolloutDocument,
  context: Context,
  why: string,
): Restart => {
  const begun = start(agent, document, context);
  if (begun.kind === 'refused') return begun;
  const because = `restarted by ${nameOf(context.by)}${why === '' ? '' : `: ${why}`}`;
  return { kind: 'decide', decision: { ...begun.decision, reason: `${because}; ${begun.decision.reason}` } };
};

/** Refused where the document could not begin afterwards, so that a restart never only stops. */
const endOf = (agent: AgentState, run: Run, document: RolloutDocument, context: Context, why: string): Restart => {
  const reason = `to begin it anew${why === '' ? '' : `: ${why}`}`;
  const outcome = onEvent(run, { type: 'command', command: 'abort', reason, arm: null });
  if (outcome.kind !== 'decide') return { kind: 'refused', refusal: conflict(`rollout ${run.id} can't be stopped`) };
  const decision = buildDecision(
    agent,
    run,
    outcome.plan,
    commandGrounds(context.by, context.timeMs, context.knownOf(run)),
  );
  const ended = applyDecision(agent, decision);
  const next = ended === null ? null : startOver(ended, document, context, why);
  return next?.kind === 'refused' ? next : { kind: 'decide', decision };
};
