import type { AlertFact, Severity } from '../../schemas/alert.ts';
import type { AlertingDocument } from '../../schemas/alerting.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import { underWay } from '../rollout/agent-log.ts';
import type { Run } from '../rollout/run.ts';
import { candidateOf } from '../rollout/strategy.ts';
import type { PipelineLook } from './pipeline.ts';

/** An agent as the log has it, and its latest decisions, oldest first. */
export type SeenAgent = { state: AgentState; decisions: readonly Decision[] };

/** What is known when it is asked what stands. `pipeline` is null while nobody could look; `open` are the facts of alerts that are open, by their keys. */
export type World = {
  nowMs: number;
  agents: readonly SeenAgent[];
  pipeline: PipelineLook | null;
  open: ReadonlyMap<string, AlertFact>;
};

/**
 * One thing that alerts are about. `happened` finds it in a decision, once; `standing` finds all of it that lasts now (null: that can't be
 * told now), so that what it no longer finds is over. A kind with neither is raised by whoever sees it.
 */
export type AlertKind = {
  severity: Severity;
  title: (fact: AlertFact) => string;
  /** For the pages: what it means, and when it is over (null: it only happens). */
  about: { when: string; over: string | null };
  happened?: (decision: Decision) => AlertFact | null;
  standing?: (world: World) => AlertFact[] | null;
  /** For so long it lasts before somebody is told. */
  opensAfterMs?: (spec: AlertingDocument['spec']) => number;
};

type Needed = Pick<AlertFact, 'key' | 'event' | 'severity' | 'agent' | 'sinceMs' | 'summary'>;

/** A fact with what is known of it. */
export const factOf = (known: Needed & Partial<AlertFact>): AlertFact => ({
  rollout: null,
  version: null,
  metric: null,
  slice: null,
  value: null,
  threshold: null,
  n: null,
  logE: null,
  logThreshold: null,
  by: null,
  ...known,
});

/** What a decision shows of the metric that decided; the value is held against stable's. */
export const figuresOf = (decision: Decision): Partial<AlertFact> => {
  const { metric, slice, evidence, logE, logThreshold, rollout, candidate } = decision;
  const decides = evidence.find((entry) => entry.metric === metric && entry.slice === slice);
  return {
    rollout: rollout === '' ? null : rollout,
    version: candidate,
    metric,
    slice,
    value: decides?.candidateValue ?? null,
    threshold: decides?.stableValue ?? null,
    n: decides?.candidateCount ?? null,
    logE,
    logThreshold,
  };
};

/** The rollouts under way, with the agent's decisions about them. */
export const runsUnderWay = (world: World): { agent: string; run: Run; decisions: readonly Decision[] }[] =>
  world.agents.flatMap(({ state, decisions }) => {
    const run = underWay(state);
    return run === null
      ? []
      : [{ agent: state.agent, run, decisions: decisions.filter(({ rollout }) => rollout === run.id) }];
  });

export const versionOf = ({ spec }: Run): string | null => candidateOf(spec);

/** `support v2`, or as much of it as there is. */
export const subjectOf = ({ agent, version, rollout }: AlertFact): string =>
  [agent, version ?? rollout].filter((part) => part !== null).join(' ');
