import type { Decision } from '../../schemas/decision.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import { buildDecision, commandGrounds, type Moment } from '../rollout/build-decision.ts';
import type { Person } from './person.ts';
import { type Answer, conflict, noAgent, type Refusal, unknown } from './refusal.ts';
import { type ApplyingDeps, type ApplyingDocuments, createApplying, refusalOf } from './applying.ts';
import { type Command, onEvent, type Plan } from '../rollout/rollout.ts';
import { documentOf, isOver, type Run } from '../rollout/run.ts';
import { restartStep, startOver } from './restart.ts';
import { agree, askingPlan } from './second-person.ts';
import { setStable, undoPromotion } from './set-stable.ts';
import { momentOf } from '../verdict/moment.ts';
import type { Ledger } from '../ledger.ts';
import { STARTING } from './registering-versions.ts';

export type OperationsDeps = ApplyingDeps & {
  /** How many people a promotion by hand takes. */
  promoteApprovals: number;
};

export type Operations = ApplyingDocuments & {
  /** `arm` names the winner where an experiment is promoted. */
  command(
    name: string,
    command: Command,
    person: Person,
    reason: string,
    signal: AbortSignal,
    arm?: string | null,
  ): Promise<Answer<Decision>>;
  /** Begins the rollout anew from its first stage; one that is under way is aborted first. Answers the start. */
  restart(name: string, person: Person, reason: string, signal: AbortSignal): Promise<Answer<Decision>>;
  /** The second person's word for a promotion that waits for one; refused where none does. */
  approve(name: string, person: Person, reason: string, signal: AbortSignal): Promise<Answer<Decision>>;
  /** The way back: ends a rollout under way, or gives a promoted one's agent the version that was stable before. */
  rollback(name: string, person: Person, reason: string, signal: AbortSignal): Promise<Answer<Decision>>;
  setStable(
    agent: string,
    version: string,
    person: Person,
    reason: string,
    signal: AbortSignal,
  ): Promise<Answer<Decision>>;
};

/** A rollout by name (the one under way, else the latest of that name) or by id, among the agents that somebody sees. */
export const findRun = (
  ledger: Ledger,
  name: string,
  sees: Person['sees'] = () => true,
): { agent: AgentState; run: Run } | null => {
  const found = [...ledger.agents.values()]
    .filter(({ agent }) => sees(agent))
    .flatMap((agent) => [...agent.pastRuns, ...(agent.run === null ? [] : [agent.run])].map((run) => ({ agent, run })))
    .filter(({ run }) => run.id === name || run.name === name)
    .sort((a, b) => Number(isOver(b.run.state)) - Number(isOver(a.run.state)) || a.run.startedAtMs - b.run.startedAtMs);
  return found.at(-1) ?? null;
};

type Commanded = { command: Command; reason: string; arm: string | null; by: string };
type Refused = { kind: 'refused'; refusal: Refusal };
type Decided = { kind: 'decide'; decision: Decision };

/** What people may ask of the controller. Each step they take is a decision in the log; there is no other path. */
export const createOperations = (deps: OperationsDeps): Operations => {
  const { ledger, promoteApprovals, live, clock } = deps;
  const knownOf = (run: Run): Moment | undefined => momentOf(run, live(run.id));

  /** Takes a step of one run, whatever comes between; refused where there is none, or no more. */
  const stepOfRun = async (
    name: string,
    { sees }: Person,
    plan: (agent: AgentState, run: Run) => Refused | Decided,
    signal: AbortSignal,
  ): Promise<Answer<Decision>> => {
    if (!ledger.isRead()) return { refusal: STARTING };
    const found = findRun(ledger, name, sees);
    if (found === null) return { refusal: unknown(`there is no rollout ${name}`) };
    const { id } = found.run;
    const planNow = (): Refused | Decided => {
      const now = findRun(ledger, id);
      return now === null ? refused(unknown(`there is no rollout ${name}`)) : plan(now.agent, now.run);
    };
    return answerOf(await ledger.transact(found.agent.agent, planNow, signal));
  };

  /** The step that a command leads to; where the command may be given, but is only asked for, the step that asks. */
  const commanded = (agent: AgentState, run: Run, asked: Commanded, asking: Plan | null = null): Refused | Decided => {
    const { command, reason, arm, by } = asked;
    const outcome = onEvent(run, { type: 'command', command, reason, arm });
    if (outcome.kind !== 'decide')
      return refused(conflict(outcome.kind === 'refused' ? outcome.reason : `${command} changes nothing`));
    const grounds = commandGrounds(by, clock.nowMs(), knownOf(run));
    return decided(buildDecision(agent, run, asking ?? outcome.plan, grounds));
  };

  return {
    ...createApplying(deps),

    command: (name, command, person, reason, signal, arm = null) => {
      const { by } = person;
      const isShared = command === 'promote' && promoteApprovals > 1;
      const plan = (agent: AgentState, run: Run): Refused | Decided => {
        const nowMs = clock.nowMs();
        const agreement = isShared ? agree(run, { by, arm, reason, nowMs }) : null;
        if (agreement?.kind === 'refused') return refused(conflict(agreement.message));
        const words = agreement?.kind === 'agreed' ? agreement.reason : reason;
        const asking = agreement?.kind === 'ask' ? askingPlan(run, arm, reason) : null;
        return commanded(agent, run, { command, reason: words, arm, by }, asking);
      };
      return stepOfRun(name, person, plan, signal);
    },

    restart: async (name, person, reason, signal) => {
      const plan = (agent: AgentState, run: Run): Refused | Decided => {
        const next = isOver(run.state) ? startOver : restartStep;
        return next(agent, documentOf(run), { by: person.by, timeMs: clock.nowMs(), knownOf }, reason);
      };
      const first = await stepOfRun(name, person, plan, signal);
      return 'ok' in first && first.ok.type !== 'start' ? stepOfRun(first.ok.rollout, person, plan, signal) : first;
    },

    approve: (name, person, reason, signal) => {
      const plan = (agent: AgentState, run: Run): Refused | Decided => {
        const { asked } = run;
        const nowMs = clock.nowMs();
        const agreement = asked === null ? null : agree(run, { by: person.by, arm: asked.arm, reason, nowMs });
        if (asked === null || agreement === null || agreement.kind === 'ask')
          return refused(conflict(`no promotion of ${run.name} waits for somebody who agrees`));
        if (agreement.kind === 'refused') return refused(conflict(agreement.message));
        return commanded(agent, run, { command: 'promote', reason: agreement.reason, arm: asked.arm, by: person.by });
      };
      return stepOfRun(name, person, plan, signal);
    },

    rollback: (name, person, reason, signal) => {
      const { by } = person;
      const plan = (agent: AgentState, run: Run): Refused | Decided =>
        isOver(run.state)
          ? undoPromotion(agent, run, { by, reason, timeMs: clock.nowMs() })
          : commanded(agent, run, { command: 'abort', reason, arm: null, by });
      return stepOfRun(name, person, plan, signal);
    },

    setStable: async (agent, version, { by, sees }, reason, signal) => {
      if (!ledger.isRead()) return { refusal: STARTING };
      if (!sees(agent)) return { refusal: noAgent(agent) };
      const plan = (state: AgentState | null): Refused | Decided =>
        setStable(state, agent, version, { by, reason, timeMs: clock.nowMs() });
      return answerOf(await ledger.transact(agent, plan, signal));
    },
  };
};

const refused = (refusal: Refusal): Refused => ({ kind: 'refused', refusal });
const decided = (decision: Decision): Decided => ({ kind: 'decide', decision });
const answerOf = (done: Refused | Decided | { kind: 'outrun' }): Answer<Decision> =>
  done.kind === 'decide' ? { ok: done.decision } : { refusal: refusalOf(done) };
