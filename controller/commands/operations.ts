import type { Clock } from '../../platform/process/clock.ts';
import type { Applied } from '../../schemas/controller-api.ts';
import type { Decision } from '../../schemas/decision.ts';
import type { Document } from '../../schemas/documents.ts';
import type { AgentState } from '../rollout/agent-log.ts';
import { buildDecision, commandGrounds, type Moment } from '../rollout/build-decision.ts';
import { timeSentences } from '../../schemas/sentence/time-to-verdict.ts';
import type { TimeToVerdict } from '../../schemas/time-to-verdict.ts';
import { whyForbidden } from './may-apply.ts';
import type { Person } from './person.ts';
import { type Answer, conflict, invalid, noAgent, type Refusal, unavailable, unknown } from './refusal.ts';
import type { ReadDocuments } from './read-documents.ts';
import { type Applying, isHalfway, planDocument, rehearse } from './plan-document.ts';
import { type Command, onEvent } from '../rollout/rollout.ts';
import { documentOf, isOver, type Run } from '../rollout/run.ts';
import { restartStep, startOver } from './restart.ts';
import { agree, askingPlan } from './second-person.ts';
import { setStable } from './set-stable.ts';
import { type Live, momentOf } from '../verdict/moment.ts';
import type { Ledger } from '../ledger.ts';
import type { Registry } from '../follow-registry.ts';
import type { Identified, Identify } from './identifying.ts';
import { type RegisteringVersions, STARTING } from './registering-versions.ts';

export type OperationsDeps = {
  ledger: Ledger;
  registry: Pick<Registry, 'metrics' | 'content' | 'isRead'>;
  /** Asks upstreams which version they are. */
  identify: Identify;
  registerVersions: RegisteringVersions['registerVersions'];
  readDocuments: (text: string) => Promise<ReadDocuments>;
  /** The names of those whom checks may ask. */
  checkEndpoints: readonly string[];
  /** How many people a promotion by hand takes. */
  promoteApprovals: number;
  /** Where the webhooks of rollouts may lead that others than admins apply. */
  webhookOrigins: readonly string[];
  /** What this controller sees of a rollout now; null if it does not own its windows. */
  live: (runId: string) => Live | null;
  /** How long a rollout under way still needs, as far as this controller can tell. */
  timeOf: (agent: string, run: Run) => TimeToVerdict | null;
  clock: Clock;
};

export type Operations = {
  /** `isRestart`: the rollouts among the documents begin whether they have begun before or not. */
  apply(text: string, person: Person, signal: AbortSignal, isRestart?: boolean): Promise<Answer<Applied[]>>;
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

const OUTRUN = unavailable('other decisions about this agent kept coming first, and nothing was done; try again');

const RESULTS = { Agent: 'registered', Rollout: 'started', Gate: 'filed', Calibration: 'filed' } as const;

type Refused = { kind: 'refused'; refusal: Refusal };
type Decided = { kind: 'decide'; decision: Decision };

/** What people may ask of the controller. Each step they take is a decision in the log; there is no other path. */
export const createOperations = (deps: OperationsDeps): Operations => {
  const { ledger, registry, readDocuments, checkEndpoints, webhookOrigins, promoteApprovals, live, timeOf, clock } =
    deps;
  const knownOf = (run: Run): Moment | undefined => momentOf(run, live(run.id));

  const applyingOf = ({ by, sees }: Person, isRestart: boolean): Applying => ({
    by,
    sees,
    isRestart,
    timeMs: clock.nowMs(),
    announced: registry.metrics(),
    registry: registry.content,
    checkEndpoints,
    knownOf,
  });

  const applyOne = async (
    document: Document,
    person: Person,
    isRestart: boolean,
    { identified, signal }: { identified: Identified; signal: AbortSignal },
  ): Promise<Answer<Applied>> => {
    const agent = document.kind === 'Agent' ? document.metadata.name : document.spec.agent;
    const fate = (
      result: Applied['result'],
      sequence: number,
      rollout: string | null,
      note: string,
    ): Answer<Applied> => {
      const run = document.kind === 'Rollout' ? (ledger.agents.get(agent)?.run ?? null) : null;
      const timeToVerdict = run === null || run.id !== rollout ? null : timeOf(agent, run);
      const sentence = timeToVerdict === null ? '' : timeSentences(timeToVerdict).join(' ');
      const { name } = document.metadata;
      return { ok: { kind: document.kind, name, result, agent, sequence, rollout, note, timeToVerdict, sentence } };
    };
    const told = document.kind === 'Agent' ? await deps.registerVersions(document, identified, person.by, signal) : '';
    const plan = () => planDocument(ledger.agents, document, applyingOf(person, isRestart));
    const step = () => ledger.transact(agent, plan, signal);
    let done = await step();
    while (isHalfway(document, done)) done = await step();
    if (done.kind === 'unchanged')
      return fate('unchanged', ledger.agents.get(agent)?.sequence ?? 0, done.rollout, told || done.note);
    if (done.kind !== 'decide') return { refusal: refusalOf(done) };
    const { sequence, rollout } = done.decision;
    return fate(RESULTS[document.kind], sequence, document.kind === 'Rollout' ? rollout : null, told);
  };

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

  return {
    apply: async (text, person, signal, isRestart = false) => {
      const read = await readDocuments(text);
      if ('issues' in read) return { refusal: invalid(read.issues) };
      const { documents } = read;
      const forbidden = whyForbidden(documents, person, isRestart, webhookOrigins);
      if (forbidden !== null) return { refusal: forbidden };
      if (!ledger.isRead() || !registry.isRead()) return { refusal: STARTING };
      const refusal = rehearse(ledger.agents, documents, applyingOf(person, isRestart));
      if (refusal !== null) return { refusal };
      const { issues, identified } = await deps.identify(documents, person.by, signal);
      if (issues.length > 0) return { refusal: invalid(issues) };
      const applied: Applied[] = [];
      for (const document of documents) {
        const answer = await applyOne(document, person, isRestart, { identified, signal });
        if ('refusal' in answer) return answer;
        applied.push(answer.ok);
      }
      return { ok: applied };
    },

    command: (name, command, person, reason, signal, arm = null) => {
      const { by } = person;
      const isShared = command === 'promote' && promoteApprovals > 1;
      const plan = (agent: AgentState, run: Run): Refused | Decided => {
        const nowMs = clock.nowMs();
        const agreement = isShared ? agree(run, { by, arm, reason, nowMs }) : null;
        if (agreement?.kind === 'refused') return refused(conflict(agreement.message));
        const words = agreement?.kind === 'agreed' ? agreement.reason : reason;
        const outcome = onEvent(run, { type: 'command', command, reason: words, arm });
        if (outcome.kind !== 'decide')
          return refused(conflict(outcome.kind === 'refused' ? outcome.reason : `${command} changes nothing`));
        const next = agreement?.kind === 'ask' ? askingPlan(run, arm, reason) : outcome.plan;
        return decided(buildDecision(agent, run, next, commandGrounds(by, nowMs, knownOf(run))));
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
const refusalOf = (done: Refused | { kind: 'outrun' }): Refusal => (done.kind === 'outrun' ? OUTRUN : done.refusal);
const answerOf = (done: Refused | Decided | { kind: 'outrun' }): Answer<Decision> =>
  done.kind === 'decide' ? { ok: done.decision } : { refusal: refusalOf(done) };
