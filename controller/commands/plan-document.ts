import { z } from 'zod';
import type { Issue } from '../../schemas/problem.ts';
import type { Decision } from '../../schemas/decision.ts';
import { AgentDocument, type Document, type RolloutDocument } from '../../schemas/documents.ts';
import { versionId } from '../../schemas/version-content.ts';
import { type AgentState, applyDecision, newAgent } from '../rollout/agent-log.ts';
import type { Moment } from '../rollout/build-decision.ts';
import { withDefaults } from '../rollout/document-content.ts';
import { documentOf, isOver, type Run } from '../rollout/run.ts';
import type { Alertings } from '../alerts/alerting.ts';
import { checkEndpointIssues, gaugeEndpointIssues } from './check-endpoint-names.ts';
import { goalEventIssues } from './goal-event.ts';
import { agentOf } from './may-apply.ts';
import { metricNameIssues } from './metric-names.ts';
import { withOwnMetrics } from './own-metric-names.ts';
import { planAlerting, type PlannedAlerting, type ReceiverAccess } from './plan-alerting.ts';
import { codeIssues, planVersions } from '../registry/plan-versions.ts';
import type { RegistryContent } from '../registry/registry-fold.ts';
import { hasBegun, reapplied, type Unchanged } from './reapplied.ts';
import { type Answer, conflict, invalid, type Refusal } from './refusal.ts';
import { register } from './register.ts';
import { file } from './report.ts';
import { restartStep } from './restart.ts';
import { start } from './start.ts';

/** Who applies documents, how, when, and the metrics that judges have announced by then. */
export type Applying = {
  by: string;
  /** Whether they may know of an agent. */
  sees: (agent: string) => boolean;
  isRestart: boolean;
  timeMs: number;
  announced: readonly string[];
  registry: RegistryContent;
  alertings: Alertings;
  receiverAccess: ReceiverAccess;
  /** The names of those whom checks may ask, as the operator has configured them. */
  checkEndpoints: readonly string[];
  /** What is known of a rollout that a restart ends. */
  knownOf: (run: Run) => Moment | undefined;
};

type Agents = ReadonlyMap<string, AgentState>;
type Refused = { kind: 'refused'; refusal: Refusal };
type PlannedStep = Refused | { kind: 'decide'; decision: Decision; entry?: never } | Unchanged;
type Planned = PlannedStep | PlannedAlerting;
/** What is about an agent, and so a step of its log. */
export type StepDocument = Exclude<Document, { kind: 'Alerting' }>;

const UNCHANGED: Unchanged = { kind: 'unchanged', rollout: null, note: '' };

const isThere = ({ agent, routing }: AgentState, registry: RegistryContent, label: string): boolean =>
  registry.find('Version', `${agent}/${label}`) !== undefined ||
  routing?.versions.some((version) => version.label === label) === true;

/** What applying a document leads to next. */
export const planDocument = (agents: Agents, document: StepDocument, applying: Applying): PlannedStep => {
  if (document.kind === 'Agent') {
    const state = agents.get(document.metadata.name) ?? newAgent(document.metadata.name);
    const { issues: taken } = planVersions(document, { ...applying, state });
    const issues = [
      ...taken,
      ...codeIssues(document, (label) => isThere(state, applying.registry, label)),
      ...gaugeEndpointIssues(document.spec, applying.checkEndpoints),
    ];
    if (issues.length > 0) return { kind: 'refused', refusal: invalid(issues) };
    const registered = register(state, document, versionId, applying);
    return registered.kind === 'unchanged' ? UNCHANGED : registered;
  }
  if (document.kind === 'Rollout') return planRollout(agents, document, applying);
  return file(agents.get(document.spec.agent) ?? null, document, applying);
};

const planRollout = (agents: Agents, given: RolloutDocument, applying: Applying): PlannedStep => {
  const { isRestart, announced, checkEndpoints } = applying;
  const held = agents.get(given.spec.agent) ?? null;
  const declared = held?.routing?.metrics ?? [];
  const document = withOwnMetrics(given, declared);
  const unchanged = isRestart ? null : reapplied(held, document);
  if (unchanged !== null) return unchanged;
  const namesake = [...agents.values()].find(
    ({ run }) =>
      run !== null &&
      run.name === document.metadata.name &&
      !isOver(run.state) &&
      run.last.agent !== document.spec.agent,
  );
  if (namesake?.run)
    return {
      kind: 'refused',
      refusal: conflict(
        applying.sees(namesake.agent)
          ? `rollout ${namesake.run.id} of agent ${namesake.agent} is under way under that name`
          : 'another rollout is under way under that name',
      ),
    };
  const issues = [
    ...metricNameIssues(document.spec, announced, declared),
    ...(held?.routing ? goalEventIssues(document.spec, held.routing) : []),
    ...checkEndpointIssues(document.spec, checkEndpoints),
  ];
  if (issues.length > 0) return { kind: 'refused', refusal: invalid(issues) };
  return isRestart && hasBegun(held, document)
    ? restartStep(held, document, applying, '')
    : start(held, document, applying);
};

/** A restart took its first step, the end of what was under way: its start is still to come. */
export const isHalfway = (document: Document, planned: { kind: string; decision?: Decision }): boolean =>
  document.kind === 'Rollout' && planned.decision !== undefined && planned.decision.type !== 'start';

/** A document that would be taken, what would come of it, and what was applied by its name before, as JSON has it; null if nothing was. */
export type Rehearsed = { document: Document; planned: Exclude<Planned, Refused>; before: unknown };

/** What applying documents would lead to, all of them tried on a copy of the log, so that a text with one bad document changes nothing. */
export const rehearse = (log: Agents, documents: readonly Document[], applying: Applying): Answer<Rehearsed[]> => {
  const agents = new Map(log);
  const step = (document: Document): Planned => {
    if (document.kind === 'Alerting')
      return planAlerting(document, applying.alertings, applying.receiverAccess, applying);
    const planned = planDocument(agents, document, applying);
    if (planned.kind !== 'decide') return planned;
    const { agent } = planned.decision;
    const next = applyDecision(agents.get(agent) ?? newAgent(agent), planned.decision);
    if (next !== null) agents.set(agent, next);
    return planned;
  };
  const rehearsed: Rehearsed[] = [];
  for (const [i, document] of documents.entries()) {
    const before = appliedBefore(agents, namedIn(document), applying.alertings);
    let planned = step(document);
    if (isHalfway(document, planned)) planned = step(document);
    if (planned.kind === 'refused')
      return { refusal: documents.length === 1 ? planned.refusal : atDocument(planned.refusal, i) };
    rehearsed.push({ document, planned, before });
  }
  return { ok: rehearsed };
};

/** Which document of which agent. */
export type NamedDocument = { kind: Document['kind']; name: string; agent: string };

export const namedIn = (document: Document): NamedDocument => {
  const { kind, metadata } = document;
  return { kind, name: metadata.name, agent: agentOf(document) };
};

/**
 * What was applied under that name, as JSON has it; null if nothing was. What is filed of a version takes the place of what was, and
 * is compared with nothing.
 */
export const appliedBefore = (agents: Agents, { kind, name, agent }: NamedDocument, alertings: Alertings): unknown => {
  if (kind === 'Alerting') return JSON.parse(alertings.get(name)?.text ?? 'null');
  if (kind === 'Agent') {
    const text = agents.get(name)?.document ?? null;
    if (text === null) return null;
    const stored: unknown = JSON.parse(text);
    const { data } = AgentDocument.safeParse(stored);
    return data === undefined ? stored : z.encode(AgentDocument, data);
  }
  if (kind !== 'Rollout') return null;
  // Of its own agent alone: whoever asks may not know of another's.
  const { pastRuns = [], run = null } = agents.get(agent) ?? {};
  const latest = [...pastRuns, ...(run === null ? [] : [run])].findLast((one) => one.name === name);
  return latest === undefined ? null : withDefaults(documentOf(latest));
};

/** Where something is wrong with one of several documents. */
export const issueAt = ({ path, reason }: Issue, i: number, documents: number): Issue => ({
  path: documents === 1 ? path : `document ${i + 1}.${path}`,
  reason,
});

const atDocument = (refusal: Refusal, i: number): Refusal => ({
  ...refusal,
  message: `document ${i + 1}: ${refusal.message}`,
  issues: refusal.issues.map((issue) => issueAt(issue, i, 2)),
});
