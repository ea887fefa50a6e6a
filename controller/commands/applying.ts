import type { Clock } from '../../platform/process/clock.ts';
import type { AlertingDocument } from '../../schemas/alerting.ts';
import type { Applied, PlannedDocument } from '../../schemas/controller-api.ts';
import type { ReadDocuments } from '../../schemas/read-documents.ts';
import { timeSentences } from '../../schemas/sentence/time-to-verdict.ts';
import type { TimeToVerdict } from '../../schemas/time-to-verdict.ts';
import type { Registry } from '../follow-registry.ts';
import type { Ledger } from '../ledger.ts';
import type { Run } from '../rollout/run.ts';
import { type Live, momentOf } from '../verdict/moment.ts';
import type { Identified, Identify } from './identifying.ts';
import { agentOf, whyForbidden } from './may-apply.ts';
import type { Person } from './person.ts';
import { planAlerting } from './plan-alerting.ts';
import {
  type Applying,
  isHalfway,
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
  apply(text: string, person: Person, signal: AbortSignal, isRestart?: boolean): Promise<Answer<Applied[]>>;
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

/** What comes of documents that somebody gives: all or none of them, each a decision in the log. */
export const createApplying = (deps: ApplyingDeps): ApplyingDocuments => {
  const { ledger, registry, readDocuments, checkEndpoints, webhookOrigins, live, timeOf, clock } = deps;

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
    { identified, signal }: { identified: Identified; signal: AbortSignal },
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
    apply: async (text, person, signal, isRestart = false) => {
      const rehearsed = await rehearseText(text, person, isRestart);
      if ('refusal' in rehearsed) return rehearsed;
      const documents = rehearsed.ok.map(({ document }) => document);
      const { issues, identified } = await deps.identify(documents, person.by, signal);
      if (issues.length > 0) return { refusal: invalid(issues) };
      const applied: Applied[] = [];
      for (const document of documents) {
        const answer = await (document.kind === 'Alerting'
          ? applyAlerting(document, person, signal)
          : applyOne(document, person, isRestart, { identified, signal }));
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
