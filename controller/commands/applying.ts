import type { Clock } from '../../platform/process/clock.ts';
import type { AlertingDocument } from '../../schemas/alerting.ts';
import type { Applied, PlannedDocument } from '../../schemas/controller-api.ts';
import type { ReadDocuments } from '../../schemas/read-documents.ts';
import { timeSentences } from '../../schemas/sentence/time-to-verdict.ts';
import type { TimeToVerdict } from '../../schemas/time-to-verdict.ts';
import type { Registry } from '../follow-registry.ts';
import type { Ledger } from '../ledger.ts';
import type { Run } from '../rollout/run.ts';
import type { Document } from '../../schemas/documents.ts';
import { type Live, momentOf } from '../verdict/moment.ts';
import type { FiledReport } from '../registry/filed-reports.ts';
import { whyStale } from './document-version.ts';
import type { Identified, Identify } from './identifying.ts';
import { agentOf, whyForbidden } from './may-apply.ts';
import type { Person } from './person.ts';
import { planAlerting } from './plan-alerting.ts';
import {
  type Applying,
  appliedBefore,
  isHalfway,
  namedIn,
  type NamedDocument,
  planDocument,
  type Rehearsed,
  rehearse,
  type StepDocument,
} from './plan-document.ts';
import { type Answer, invalid, type Refusal, unavailable } from './refusal.ts';
import { type RegisteringVersions, STARTING } from './registering-versions.ts';

export type ApplyingDeps = {
  ledger: Ledger;
  registry: Pick<Registry, 'metrics' | 'content' | 'isRead' | 'alertings' | 'write'>;
  /** Asks upstreams which version they are. */
  identify: Identify;
  registerVersions: RegisteringVersions['registerVersions'];
  readDocuments: (text: string) => Promise<ReadDocuments>;
  /** The names of those whom checks may ask. */
  checkEndpoints: readonly string[];
  /** Where the webhooks of rollouts may lead that others than admins apply, and receivers of alerts whoever applies them. */
  webhookOrigins: readonly string[];
  /** What was found elsewhere of the agents that somebody sees. */
  filed: (sees: (agent: string) => boolean) => FiledReport[];
  /** What the operator has for receivers of alerts under that name. */
  secretOf: (name: string) => string | undefined;
  /** What this controller sees of a rollout now; null if it does not own its windows. */
  live: (runId: string) => Live | null;
  /** How long a rollout under way still needs, as far as this controller can tell. */
  timeOf: (agent: string, run: Run) => TimeToVerdict | null;
  clock: Clock;
};

export type ApplyingDocuments = {
  /** `isRestart`: the rollouts among the documents begin whether they have begun before or not. */
  apply(
    text: string,
    person: Person,
    signal: AbortSignal,
    isRestart?: boolean,
    ifMatch?: string,
  ): Promise<Answer<Applied[]>>;
  /** What was applied last under a name; null if nothing was. */
  document(named: NamedDocument): unknown;
  /** What applying the text would come to; nothing is done. */
  plan(text: string, person: Person, isRestart?: boolean): Promise<Answer<PlannedDocument[]>>;
};

const OUTRUN = unavailable('other decisions about this agent kept coming first, and nothing was done; try again');

export const refusalOf = (done: { kind: 'refused'; refusal: Refusal } | { kind: 'outrun' }): Refusal =>
  done.kind === 'outrun' ? OUTRUN : done.refusal;

const RESULTS = {
  Agent: 'registered',
  Rollout: 'started',
  Gate: 'filed',
  Calibration: 'filed',
  Alerting: 'registered',
} as const;

type Json = PlannedDocument['after'];

const plannedOf = ({ document, planned, before }: Rehearsed): PlannedDocument => {
  const { kind, metadata } = document;
  const about = { kind, name: metadata.name, agent: agentOf(document), before: before as Json };
  if (planned.kind === 'unchanged') {
    const { rollout, note } = planned;
    return { ...about, result: 'unchanged', rollout, note, after: about.before };
  }
  if (planned.kind === 'entry') {
    const after = JSON.parse(planned.entry.document) as Json;
    return { ...about, result: RESULTS[kind], rollout: null, note: '', after };
  }
  const { rollout, document: after } = planned.decision;
  const begun = kind === 'Rollout' ? rollout : null;
  return { ...about, result: RESULTS[kind], rollout: begun, note: '', after: JSON.parse(after ?? 'null') as Json };
};

/** What was applied last under each name, and whether that is what somebody has seen. */
const createCurrent = ({ ledger, registry, filed }: Pick<ApplyingDeps, 'ledger' | 'registry' | 'filed'>) => {
  const document = (named: NamedDocument): unknown => {
    const { kind, name, agent } = named;
    const isIt = (one: FiledReport): boolean => one.document.kind === kind && one.document.metadata.name === name;
    return (
      appliedBefore(ledger.agents, named, registry.alertings()) ??
      filed((one) => one === agent).findLast(isIt)?.document ??
      null
    );
  };
  return {
    document,
    staleness: (given: Document, ifMatch: string | undefined): Refusal | null =>
      ifMatch === undefined ? null : whyStale(namedIn(given), document(namedIn(given)), ifMatch),
  };
};

/** What comes of documents that somebody gives: all or none of them, each a decision in the log. */
export const createApplying = (deps: ApplyingDeps): ApplyingDocuments => {
  const { ledger, registry, readDocuments, checkEndpoints, webhookOrigins, live, timeOf, clock } = deps;
  const { document, staleness } = createCurrent(deps);

  const applyingOf = ({ by, sees }: Person, isRestart: boolean): Applying => ({
    by,
    sees,
    isRestart,
    timeMs: clock.nowMs(),
    announced: registry.metrics(),
    registry: registry.content,
    alertings: registry.alertings(),
    receiverAccess: { secretOf: deps.secretOf, origins: webhookOrigins },
    checkEndpoints,
    knownOf: (run) => momentOf(run, live(run.id)),
  });

  const applyAlerting = async (
    document: AlertingDocument,
    person: Person,
    signal: AbortSignal,
  ): Promise<Answer<Applied>> => {
    const applying = applyingOf(person, false);
    const planned = planAlerting(document, applying.alertings, applying.receiverAccess, applying);
    if (planned.kind === 'refused') return { refusal: planned.refusal };
    if (planned.kind === 'entry') await registry.write([planned.entry], signal);
    const { kind, metadata } = document;
    const result = planned.kind === 'entry' ? RESULTS.Alerting : 'unchanged';
    const nothing = { agent: '', sequence: 0, rollout: null, note: '', timeToVerdict: null, sentence: '' };
    return { ok: { kind, name: metadata.name, result, ...nothing } };
  };

  const applyOne = async (
    document: StepDocument,
    person: Person,
    isRestart: boolean,
    { identified, signal, ifMatch }: { identified: Identified; signal: AbortSignal; ifMatch: string | undefined },
  ): Promise<Answer<Applied>> => {
    const agent = agentOf(document);
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
    // Looked at again with each race, since whoever came first may have applied another.
    const plan = () => {
      const refusal = staleness(document, ifMatch);
      return refusal === null
        ? planDocument(ledger.agents, document, applyingOf(person, isRestart))
        : { kind: 'refused' as const, refusal };
    };
    const step = () => ledger.transact(agent, plan, signal);
    let done = await step();
    while (isHalfway(document, done)) done = await step();
    if (done.kind === 'unchanged')
      return fate('unchanged', ledger.agents.get(agent)?.sequence ?? 0, done.rollout, told || done.note);
    if (done.kind !== 'decide') return { refusal: refusalOf(done) };
    const { sequence, rollout } = done.decision;
    return fate(RESULTS[document.kind], sequence, document.kind === 'Rollout' ? rollout : null, told);
  };

  const rehearseText = async (text: string, person: Person, isRestart: boolean): Promise<Answer<Rehearsed[]>> => {
    const read = await readDocuments(text);
    if ('issues' in read) return { refusal: invalid(read.issues) };
    const { documents } = read;
    const forbidden = whyForbidden(documents, person, isRestart, webhookOrigins);
    if (forbidden !== null) return { refusal: forbidden };
    if (!ledger.isRead() || !registry.isRead()) return { refusal: STARTING };
    return rehearse(ledger.agents, documents, applyingOf(person, isRestart));
  };

  return {
    document,

    apply: async (text, person, signal, isRestart = false, ifMatch) => {
      const rehearsed = await rehearseText(text, person, isRestart);
      if ('refusal' in rehearsed) return rehearsed;
      const documents = rehearsed.ok.map(({ document }) => document);
      const refusal = documents.map((one) => staleness(one, ifMatch)).find((one) => one !== null);
      if (refusal !== undefined) return { refusal };
      const { issues, identified } = await deps.identify(documents, person.by, signal);
      if (issues.length > 0) return { refusal: invalid(issues) };
      const applied: Applied[] = [];
      for (const document of documents) {
        const answer = await (document.kind === 'Alerting'
          ? applyAlerting(document, person, signal)
          : applyOne(document, person, isRestart, { identified, signal, ifMatch }));
        if ('refusal' in answer) return answer;
        applied.push(answer.ok);
      }
      return { ok: applied };
    },

    plan: async (text, person, isRestart = false) => {
      const rehearsed = await rehearseText(text, person, isRestart);
      return 'refusal' in rehearsed ? rehearsed : { ok: rehearsed.ok.map(plannedOf) };
    },
  };
};
