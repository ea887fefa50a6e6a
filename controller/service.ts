import type { Bus } from '../platform/kafka/bus.ts';
import { CONTROLLER } from '../schemas/actor.ts';
import type { Clock } from '../platform/process/clock.ts';
import { retryForever } from '../platform/process/retry.ts';
import type { Decision, DecisionType } from '../schemas/decision.ts';
import type { AuditEntry } from '../schemas/audit.ts';
import type { RolloutView } from '../schemas/controller-api.ts';
import { Document } from '../schemas/documents.ts';
import type { RegistryEntry } from '../schemas/registry-entry.ts';
import { REGISTRY } from '../schemas/topics.ts';
import type { AgentState } from './rollout/agent-log.ts';
import { rolloutView } from './api/rollout-view.ts';
import { isOver, type Run } from './rollout/run.ts';
import type { TimeToVerdict } from '../schemas/time-to-verdict.ts';
import { timeOfRun } from './verdict/time-of-run.ts';
import type { Look } from './evidence/evidence-series.ts';
import { type Evaluation, startEvaluation } from './deciding/evaluation.ts';
import type { ControllerEvents } from './events.ts';
import { type Ledger, startLedger } from './ledger.ts';
import { followGauges } from './follow-gauges.ts';
import { followRegistry, type Registry } from './follow-registry.ts';
import { createPostingMetrics, type PostingMetrics } from './commands/posting-metrics.ts';
import { createCoverageAlerts } from './watching/coverage-alerts.ts';
import { type Gauges, gaugeViews } from './watching/gauges.ts';
import { startScraping } from './watching/scraping.ts';
import type { GaugeView } from '../schemas/watching-api.ts';
import { type AskIdentity, createIdentify } from './commands/identifying.ts';
import { createRegisteringData, type RegisteringData } from './commands/registering-data.ts';
import { createRegisteringVersions, type RegisteringVersions } from './commands/registering-versions.ts';
import { startIdentityWatch } from './effects/identity-watch.ts';
import { createAuditTrail } from './registry/audit-trail.ts';
import { createFiledReports, type FiledReport } from './registry/filed-reports.ts';
import { createLineages } from './registry/lineage.ts';
import type { RegistryContent } from './registry/registry-fold.ts';
import type { Lineage } from '../schemas/registry-views.ts';
import { createOperations, findRun, type Operations } from './commands/operations.ts';
import { type ApplyRouting, startRoutingWriter } from './effects/routing-writer.ts';
import type { Person } from './commands/person.ts';
import type { ReadDocuments } from '../schemas/read-documents.ts';
import type { AskOnce } from './deciding/checking.ts';
import type { Pipeline } from './pipeline/pipeline.ts';
import type { AskStore } from './store/store-reader.ts';
import type { SendSmoke } from './deciding/smoke-check.ts';
import { type AlertingDeps, type Alerts, startAlerts } from './alerts/alerts.ts';
import { createNews } from './alerts/news.ts';

export type ControllerDeps = {
  bus: Bus;
  clock: Clock;
  events: ControllerEvents;
  applyRouting: ApplyRouting;
  notify: (url: string, decision: Decision) => Promise<void>;
  sendSmoke: SendSmoke;
  askCheck: AskOnce;
  askIdentity: AskIdentity;
  alerting: AlertingDeps;
  /** Reads what may come from anybody: however long it takes, nothing here waits for it but whoever gave it. */
  readDocuments: (text: string) => Promise<ReadDocuments>;
  askStore: AskStore;
  pipeline: Pipeline;
};

export type Controller = Operations &
  PostingMetrics &
  RegisteringData &
  Omit<RegisteringVersions, 'registerVersions'> & {
    /** What the topics hold of single exchanges, and series of windows. */
    askStore: AskStore;
    pipeline: Pipeline;
    /** How the evidence of a rollout came about, by its id; empty where this controller did not see it. */
    looks(runId: string): readonly Look[];
    /** What people have registered. */
    registry: RegistryContent;
    /** Who is told what, and what they were told. */
    alerts: Alerts;
    /** What became of a version, by the decision log. */
    lineage(agent: string, label: string): Lineage;
    /** What was found elsewhere, of the agents that somebody sees, oldest first of each. */
    filed(sees: Person['sees']): FiledReport[];
    /** Who changed what by decisions, likewise. */
    audit(sees: Person['sees']): AuditEntry[];
    /** Here and below: of those agents alone that somebody sees; without, of all. */
    agents(sees?: Person['sees']): AgentState[];
    rollouts(sees?: Person['sees']): RolloutView[];
    rollout(name: string, sees?: Person['sees']): RolloutView | null;
    /** Outside gauges of an agent. */
    gauges(agent: string): GaugeView[];
    /** The latest effective decisions of an agent, or of one of its rollouts by id, newest first. */
    decisions(agent: string, limit: number, rollout?: string): Decision[] | null;
    /** Tells of each decision that becomes effective from now on. Answers how to hear no more. */
    follow(listener: (decision: Decision) => void): () => void;
    /** Null when it can do its work, else why not. */
    unready(): string | null;
    stop(): Promise<void>;
  };

/** Ends that move users. */
const ENDS: ReadonlySet<DecisionType> = new Set(['rollback', 'abort', 'promote', 'return']);
/** Those, what is found of the version in service, and where it waits for people: somebody must know of it. */
const isNotified = ({ type, pause, by }: Decision): boolean =>
  ENDS.has(type) ||
  type === 'regression' ||
  type === 'recovery' ||
  type === 'approve' ||
  (type === 'pause' && pause !== null && by === CONTROLLER);

/** An estimate of a rollout's time takes some ten milliseconds, and views are asked for often: so old it may be. */
const TIMES_FOR_MS = 5_000;

/** How long a rollout still needs, worked out anew after a while or after a step. */
const createTimes = (evaluation: Pick<Evaluation, 'live' | 'traffic'>, clock: Clock) => {
  const known = new Map<string, { run: Run; untilMs: number; time: TimeToVerdict | null }>();
  return (agent: string, run: Run): TimeToVerdict | null => {
    const last = known.get(agent);
    if (last?.run === run && clock.nowMs() < last.untilMs) return last.time;
    const time = timeOfRun(run, evaluation.live(run.id), evaluation.traffic(agent));
    if (!isOver(run.state)) known.set(agent, { run, untilMs: clock.nowMs() + TIMES_FOR_MS, time });
    return time;
  };
};

/** What follows from a decision of this controller beside routing: the registry's entry, and word to who asked for it. */
const createPublish = ({ bus, clock, events, notify }: ControllerDeps, signal: AbortSignal) => {
  /** Every applied document goes to the registry, as a view of the log; while Kafka is away it is tried again. */
  const register = async (decision: Decision): Promise<void> => {
    const { kind, metadata } = Document.parse(JSON.parse(decision.document ?? ''));
    const entry: RegistryEntry = {
      kind,
      name: metadata.name,
      document: decision.document ?? '',
      by: decision.by,
      timeMs: decision.timeMs,
    };
    const append = async (): Promise<void> => {
      const partition = bus.partitionFor(REGISTRY.key(entry), await bus.partitionCount(REGISTRY));
      await bus.append(REGISTRY, partition, [entry]);
    };
    const onRetry = (error: unknown): void => events.appendFailed(REGISTRY.name, error);
    await retryForever(append, { clock, signal, onRetry }).catch((error: unknown) =>
      events.appendRefused(REGISTRY.name, error),
    );
  };

  return (decision: Decision, agents: Ledger['agents']): void => {
    if (decision.document !== null) void register(decision);
    const webhook = agents.get(decision.agent)?.run?.spec.notify?.webhook;
    if (isNotified(decision) && webhook !== undefined)
      void notify(webhook, decision).then(
        () => events.notified(decision),
        (error: unknown) => events.notifyFailed(decision, error),
      );
  };
};

type Views = Pick<
  Controller,
  'agents' | 'rollouts' | 'rollout' | 'decisions' | 'looks' | 'askStore' | 'pipeline' | 'gauges'
>;

/** What may be seen of agents and rollouts, as the ledger and the evidence are now. */
const createViews = (
  { askStore, pipeline, clock }: Pick<ControllerDeps, 'askStore' | 'pipeline' | 'clock'>,
  ledger: Ledger,
  evaluation: Pick<Evaluation, 'live' | 'looks'>,
  timeOf: ReturnType<typeof createTimes>,
  gauges: Gauges,
): Views => {
  const agents = (sees: Person['sees'] = () => true): AgentState[] =>
    [...ledger.agents.values()].filter(({ agent }) => sees(agent));
  const runsOf = (agent: AgentState): Run[] => [...agent.pastRuns, ...(agent.run === null ? [] : [agent.run])];
  const viewOf = (agent: AgentState, run: Run): RolloutView =>
    rolloutView(agent, run, evaluation.live(run.id), timeOf(agent.agent, run), clock.nowMs(), gauges);
  return {
    askStore,
    pipeline,
    looks: evaluation.looks,
    gauges: (agent) => gaugeViews(gauges, agent, clock.nowMs()),
    agents,
    rollouts: (sees) => agents(sees).flatMap((agent) => runsOf(agent).map((run) => viewOf(agent, run))),
    rollout: (name, sees) => {
      const found = findRun(ledger, name, sees);
      return found === null ? null : viewOf(found.agent, found.run);
    },
    decisions: (agent, limit, rollout) => {
      if (!ledger.agents.has(agent)) return null;
      const own = ledger.decisions(agent).filter((d) => rollout === undefined || d.rollout === rollout);
      return own.slice(-limit).toReversed();
    },
  };
};

/** What is folded from effective decisions beside the agents' states, for those who ask, and who is told of each. */
const createFolds = () => {
  const followers = new Set<(decision: Decision) => void>();
  const [lineages, filed, audit] = [createLineages(), createFiledReports(), createAuditTrail()];
  return {
    take: (decision: Decision): void => {
      lineages.take(decision);
      filed.take(decision);
      audit.take(decision);
      for (const follower of followers) follower(decision);
    },
    told: {
      lineage: lineages.of,
      filed: filed.of,
      audit: audit.of,
      follow: (listener) => {
        followers.add(listener);
        return () => void followers.delete(listener);
      },
    } satisfies Partial<Controller>,
  };
};

const whyUnready = (bus: Bus, ledger: Ledger, registry: Pick<Registry, 'isRead'>): string | null => {
  const trouble = bus.trouble();
  if (trouble !== null) return trouble;
  if (!ledger.isRead()) return 'the decision log is not read yet';
  return registry.isRead() ? null : 'the registry is not read yet';
};

/** Follows the decision log: what is folded of it, and whoever wants to hear of what is effective. */
const startLog = async (deps: ControllerDeps, signal: AbortSignal) => {
  const { bus, clock, events } = deps;
  const [folds, news, publish] = [createFolds(), createNews(), createPublish(deps, signal)];
  let onChange: (agent: string) => void = () => {};
  const ledger = await startLedger({
    bus,
    clock,
    events,
    onEffective: (decision) => {
      folds.take(decision);
      news.take(decision, clock.nowMs());
      onChange(decision.agent);
    },
    onOwn: (decision) => publish(decision, ledger.agents),
  });
  return {
    ledger,
    news,
    told: folds.told,
    /** Calls back for each agent once the log is read, and then for each whose state changed. */
    whenChanged: (told: (agent: string) => void): void => {
      onChange = told;
      void ledger.whenRead.then(() => [...ledger.agents.keys()].forEach(told));
    },
  };
};

/** The controller without its doors: follows the log and the windows, proposes, and keeps Redis a view of the log. */
export const startController = async (
  deps: ControllerDeps,
  config: {
    reconcileEveryMs: number;
    checkEndpoints: ReadonlyMap<string, unknown>;
    webhookOrigins: readonly string[];
    promoteApprovals: number;
  },
): Promise<Controller> => {
  const { bus, clock, events, readDocuments, sendSmoke, askCheck, alerting, pipeline } = deps;
  const stopping = new AbortController();
  const { ledger, news, told, whenChanged } = await startLog(deps, stopping.signal);
  const gauges = await followGauges({ bus, clock, events });
  const registry = await followRegistry({ bus, clock, events });
  const identify = createIdentify(deps.askIdentity, clock);
  const versions = createRegisteringVersions({ ledger, registry, readDocuments, identify, clock });
  const origins = config.webhookOrigins;
  const alerts = await startAlerts({ bus, clock, events, ledger, registry, news, pipeline, alerting, origins });
  const evaluation = await startEvaluation({
    bus,
    clock,
    events,
    ledger,
    sendSmoke,
    askCheck,
    tellCoverage: createCoverageAlerts({ alerts, clock, events }),
    gauges: () => gauges.latest,
  });
  const scraping = startScraping({ ledger, gauges, ask: askCheck, owns: evaluation.owns, clock, events });
  const writer = startRoutingWriter({
    ledger,
    clock,
    events,
    apply: deps.applyRouting,
    everyMs: config.reconcileEveryMs,
  });
  const identityWatch = startIdentityWatch({ ledger, registry, identify, clock, events });
  whenChanged((agent) => {
    writer.kick(agent);
    evaluation.kick(agent);
  });

  const timeOf = createTimes(evaluation, clock);
  return {
    ...createOperations({
      ledger,
      registry,
      identify,
      registerVersions: versions.registerVersions,
      readDocuments,
      checkEndpoints: [...config.checkEndpoints.keys()],
      webhookOrigins: origins,
      secretOf: alerting.secretOf,
      promoteApprovals: config.promoteApprovals,
      filed: told.filed,
      live: evaluation.live,
      timeOf,
      clock,
    }),
    ...createRegisteringData({ ledger, registry, clock }),
    createVersions: versions.createVersions,
    labelVersion: versions.labelVersion,
    registry: registry.content,
    alerts,
    ...told,
    ...createPostingMetrics({ ledger, gauges, clock }),
    ...createViews(deps, ledger, evaluation, timeOf, gauges.latest),
    unready: () => whyUnready(bus, ledger, registry),
    stop: async () => {
      stopping.abort();
      for (const one of [alerts, scraping, evaluation, writer, identityWatch, registry, gauges, ledger])
        await one.stop();
    },
  };
};
