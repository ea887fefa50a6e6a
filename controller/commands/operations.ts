import type { Clock } from '../../platform/process/clock.ts';
import type { Applied, Issue } from '../../schemas/controller-api.ts';
import type { Decision } from '../../schemas/decision.ts';
import { Document } from '../../schemas/documents.ts';
import { type AgentState, applyDecision, newAgent } from '../rollout/agent-log.ts';
import { buildDecision, commandGrounds } from '../rollout/build-decision.ts';
import { type Answer, conflict, invalid, type Refusal, unavailable, unknown } from './refusal.ts';
import { readDocuments } from './document-text.ts';
import { register } from './register.ts';
import { versionId } from './version-id.ts';
import { file } from './report.ts';
import { type Command, onEvent } from '../rollout/rollout.ts';
import { isOver, type Run } from '../rollout/run.ts';
import { setStable } from './set-stable.ts';
import { start } from './start.ts';
import type { Ledger } from '../ledger.ts';
import type { AnnouncedMetrics } from '../announced-metrics.ts';
import { metricNameIssues } from './metric-names.ts';

export type OperationsDeps = {
  ledger: Ledger;
  announced: Pick<AnnouncedMetrics, 'names' | 'isRead'>;
  clock: Clock;
};

export type Operations = {
  apply(text: string, by: string, signal: AbortSignal): Promise<Answer<Applied[]>>;
  /** `arm` names the winner where an experiment is promoted. */
  command(
    name: string,
    command: Command,
    by: string,
    reason: string,
    signal: AbortSignal,
    arm?: string | null,
  ): Promise<Answer<Decision>>;
  /** Begins the rollout anew from its first stage; one that is under way is aborted first. Answers the start. */
  restart(name: string, by: string, reason: string, signal: AbortSignal): Promise<Answer<Decision>>;
  setStable(agent: string, version: string, by: string, reason: string, signal: AbortSignal): Promise<Answer<Decision>>;
};

/** A rollout by name (the one under way, else the latest of that name) or by id. */
export const findRun = (ledger: Ledger, name: string): { agent: AgentState; run: Run } | null => {
  const found = [...ledger.agents.values()]
    .flatMap((agent) => [...agent.pastRuns, ...(agent.run === null ? [] : [agent.run])].map((run) => ({ agent, run })))
    .filter(({ run }) => run.id === name || run.name === name)
    .sort((a, b) => Number(isOver(b.run.state)) - Number(isOver(a.run.state)) || a.run.startedAtMs - b.run.startedAtMs);
  return found.at(-1) ?? null;
};

const STARTING = unavailable('the decision log and the registry are not read yet; try again in a moment');
const OUTRUN = unavailable('other decisions about this agent kept coming first, and nothing was done; try again');

const RESULTS = { Agent: 'registered', Rollout: 'started', Gate: 'filed', Calibration: 'filed' } as const;

type Refused = { kind: 'refused'; refusal: Refusal };
type Decided = { kind: 'decide'; decision: Decision };

/** What people may ask of the controller. Each step they take is a decision in the log; there is no other path. */
export const createOperations = ({ ledger, announced, clock }: OperationsDeps): Operations => {
  const planDocument = (
    agents: ReadonlyMap<string, AgentState>,
    document: Document,
    by: string,
  ): Refused | Decided | { kind: 'unchanged' } => {
    const context = { by, timeMs: clock.nowMs() };
    if (document.kind === 'Agent') {
      const state = agents.get(document.metadata.name) ?? newAgent(document.metadata.name);
      return register(state, document, versionId, context);
    }
    if (document.kind === 'Gate' || document.kind === 'Calibration')
      return file(agents.get(document.spec.agent) ?? null, document, context);
    const { name } = document.metadata;
    const namesake = [...agents.values()].find(
      ({ run }) => run !== null && run.name === name && !isOver(run.state) && run.last.agent !== document.spec.agent,
    );
    if (namesake?.run)
      return {
        kind: 'refused',
        refusal: conflict(`rollout ${namesake.run.id} of agent ${namesake.agent} is under way under that name`),
      };
    const issues = metricNameIssues(document.spec, announced.names());
    if (issues.length > 0) return { kind: 'refused', refusal: invalid(issues) };
    return start(agents.get(document.spec.agent) ?? null, document, context);
  };

  /** All documents against a copy of the log, so that a text with one bad document changes nothing. */
  const rehearse = (documents: readonly Document[], by: string): Refusal | null => {
    const agents = new Map(ledger.agents);
    for (const [i, document] of documents.entries()) {
      const planned = planDocument(agents, document, by);
      if (planned.kind === 'refused') return documents.length === 1 ? planned.refusal : atDocument(planned.refusal, i);
      if (planned.kind !== 'decide') continue;
      const { agent } = planned.decision;
      const next = applyDecision(agents.get(agent) ?? newAgent(agent), planned.decision);
      if (next !== null) agents.set(agent, next);
    }
    return null;
  };

  const applyOne = async (document: Document, by: string, signal: AbortSignal): Promise<Answer<Applied>> => {
    const agent = document.kind === 'Agent' ? document.metadata.name : document.spec.agent;
    const fate = (result: Applied['result'], sequence: number, rollout: string | null): Answer<Applied> => ({
      ok: { kind: document.kind, name: document.metadata.name, result, agent, sequence, rollout },
    });
    const done = await ledger.transact(agent, () => planDocument(ledger.agents, document, by), signal);
    if (done.kind === 'unchanged') return fate('unchanged', ledger.agents.get(agent)?.sequence ?? 0, null);
    if (done.kind !== 'decide') return { refusal: refusalOf(done) };
    const { sequence, rollout } = done.decision;
    return fate(RESULTS[document.kind], sequence, document.kind === 'Rollout' ? rollout : null);
  };

  /** Takes a step of one run, whatever comes between; refused where there is none, or no more. */
  const stepOfRun = async (
    name: string,
    plan: (agent: AgentState, run: Run) => Refused | Decided,
    signal: AbortSignal,
  ): Promise<Answer<Decision>> => {
    if (!ledger.isRead()) return { refusal: STARTING };
    const found = findRun(ledger, name);
    if (found === null) return { refusal: unknown(`there is no rollout ${name}`) };
    const { id } = found.run;
    const planNow = (): Refused | Decided => {
      const now = findRun(ledger, id);
      return now === null ? refused(unknown(`there is no rollout ${name}`)) : plan(now.agent, now.run);
    };
    return answerOf(await ledger.transact(found.agent.agent, planNow, signal));
  };

  return {
    apply: async (text, by, signal) => {
      const read = readDocuments(text);
      if ('issues' in read) return { refusal: invalid(read.issues) };
      const parsed = read.values.map((value) => Document.safeParse(value));
      const issues = parsed.flatMap((result, i) =>
        result.success
          ? []
          : result.error.issues.flatMap((issue) => issuesOf(issue, parsed.length === 1 ? [] : [`document ${i + 1}`])),
      );
      if (issues.length > 0) return { refusal: invalid(issues) };
      const documents = parsed.flatMap((result) => (result.success ? [result.data] : []));
      if (!ledger.isRead() || !announced.isRead()) return { refusal: STARTING };
      const refusal = rehearse(documents, by);
      if (refusal !== null) return { refusal };
      const applied: Applied[] = [];
      for (const document of documents) {
        const answer = await applyOne(document, by, signal);
        if ('refusal' in answer) return answer;
        applied.push(answer.ok);
      }
      return { ok: applied };
    },

    command: (name, command, by, reason, signal, arm = null) => {
      const plan = (agent: AgentState, run: Run): Refused | Decided => {
        const outcome = onEvent(run, { type: 'command', command, by, reason, arm });
        if (outcome.kind !== 'decide')
          return refused(conflict(outcome.kind === 'refused' ? outcome.reason : `${command} changes nothing`));
        return decided(buildDecision(agent, run, outcome.plan, commandGrounds(by, clock.nowMs())));
      };
      return stepOfRun(name, plan, signal);
    },

    restart: async (name, by, reason, signal) => {
      const because = reason === '' ? `restarted by ${by}` : `restarted by ${by}: ${reason}`;
      const plan = (agent: AgentState, run: Run): Refused | Decided => {
        const context = { by, timeMs: clock.nowMs() };
        return isOver(run.state) ? startOver(agent, run, context, because) : endOf(agent, run, context, because);
      };
      const first = await stepOfRun(name, plan, signal);
      return 'ok' in first && first.ok.type !== 'start' ? stepOfRun(first.ok.rollout, plan, signal) : first;
    },

    setStable: async (agent, version, by, reason, signal) => {
      if (!ledger.isRead()) return { refusal: STARTING };
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

type Context = { by: string; timeMs: number };

/** The same plan from its beginning, under a new id: what the stopped one had gathered counts for nothing. */
const startOver = (agent: AgentState, { name, spec }: Run, context: Context, because: string): Refused | Decided => {
  const document = { apiVersion: 'coalmine/v1', kind: 'Rollout', metadata: { name }, spec } as const;
  const begun = start(agent, document, context);
  if (begun.kind === 'refused') return begun;
  return decided({ ...begun.decision, reason: `${because}; ${begun.decision.reason}` });
};

/** The end of the one under way; refused where its document could not begin again, so that a restart never only stops. */
const endOf = (agent: AgentState, run: Run, { by, timeMs }: Context, because: string): Refused | Decided => {
  const outcome = onEvent(run, { type: 'command', command: 'abort', by, reason: because, arm: null });
  if (outcome.kind !== 'decide') return refused(conflict(`rollout ${run.id} can't be stopped`));
  const decision = buildDecision(agent, run, outcome.plan, commandGrounds(by, timeMs));
  const ended = applyDecision(agent, decision);
  const next = ended === null ? null : startOver(ended, run, { by, timeMs }, because);
  return next?.kind === 'refused' ? next : decided(decision);
};

const atDocument = (refusal: Refusal, i: number): Refusal => ({
  ...refusal,
  message: `document ${i + 1}: ${refusal.message}`,
  issues: refusal.issues.map(({ path, reason }) => ({ path: `document ${i + 1}.${path}`, reason })),
});

type ZodIssue = { code: string; path: PropertyKey[]; message: string; keys?: unknown };

/** zod's issue as path and reason; an unknown field is named by its own path. */
const issuesOf = (issue: ZodIssue, prefix: string[]): Issue[] => {
  const at = (...more: PropertyKey[]): string => [...prefix, ...issue.path, ...more].map(String).join('.');
  if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys))
    return issue.keys.map((key) => ({ path: at(String(key)), reason: 'unknown field' }));
  return [{ path: at(), reason: issue.message }];
};
