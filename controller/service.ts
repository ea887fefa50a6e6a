import type { Bus } from '../platform/kafka/bus.ts';
import { CONTROLLER } from '../schemas/actor.ts';
import type { Clock } from '../platform/process/clock.ts';
import { retryForever } from '../platform/process/retry.ts';
import type { Decision, DecisionType } from '../schemas/decision.ts';
import type { RolloutView } from '../schemas/controller-api.ts';
import { Document } from '../schemas/documents.ts';
import type { RegistryEntry } from '../schemas/registry-entry.ts';
import { REGISTRY } from '../schemas/topics.ts';
import type { AgentState } from './rollout/agent-log.ts';
import { rolloutView } from './api/rollout-view.ts';
import { isOver, type Run } from './rollout/run.ts';
import type { TimeToVerdict } from '../schemas/time-to-verdict.ts';
import { timeOfRun } from './verdict/time-of-run.ts';
import { type Evaluation, startEvaluation } from './deciding/evaluation.ts';
import type { ControllerEvents } from './events.ts';
import { startLedger } from './ledger.ts';
import { followAnnouncedMetrics } from './announced-metrics.ts';
import { createOperations, findRun, type Operations } from './commands/operations.ts';
import { type ApplyRouting, startRoutingWriter } from './effects/routing-writer.ts';
import type { Person } from './commands/person.ts';
import type { ReadDocuments } from '../schemas/read-documents.ts';
import type { AskOnce } from './deciding/checking.ts';
import type { SendSmoke } from './deciding/smoke-check.ts';

export type ControllerDeps = {
  bus: Bus;
  clock: Clock;
  events: ControllerEvents;
  applyRouting: ApplyRouting;
  notify: (url: string, decision: Decision) => Promise<void>;
  sendSmoke: SendSmoke;
  askCheck: AskOnce;
  /** Reads what may come from anybody: however long it takes, nothing here waits for it but whoever gave it. */
  readDocuments: (text: string) => Promise<ReadDocuments>;
};

export type Controller = Operations & {
  /** Here and below: of those agents alone that somebody sees; without, of all. */
  agents(sees?: Person['sees']): AgentState[];
  rollouts(sees?: Person['sees']): RolloutView[];
  rollout(name: string, sees?: Person['sees']): RolloutView | null;
  /** The latest effective decisions of an agent, or of one of its rollouts by id, newest first. */
  decisions(agent: string, limit: number, rollout?: string): Decision[] | null;
  /** Null when it can do its work, else why not. */
  unready(): string | null;
  stop(): Promise<void>;
};

/** Ends that move users. */
const ENDS: ReadonlySet<DecisionType> = new Set(['rollback', 'abort', 'promote']);
/** Those, and where it waits for people: somebody must know of it. */
const isNotified = ({ type, pause, by }: Decision): boolean =>
  ENDS.has(type) || type === 'approve' || (type === 'pause' && pause !== null && by === CONTROLLER);

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
  const { bus, clock, events } = deps;
  const stopping = new AbortController();
  let onChange: (agent: string) => void = () => {};
  const ledger = await startLedger({
    bus,
    clock,
    events,
    onEffective: ({ agent }) => onChange(agent),
    onOwn: (decision) => publish(decision),
  });

  const announced = await followAnnouncedMetrics({ bus, clock, events });

  /** What follows from a decision of this controller beside routing: the registry's entry, and word to who asked for it. */
  const publish = (decision: Decision): void => {
    if (decision.document !== null) void register(decision);
    const webhook = ledger.agents.get(decision.agent)?.run?.spec.notify?.webhook;
    if (isNotified(decision) && webhook !== undefined)
      void deps.notify(webhook, decision).then(
        () => events.notified(decision),
        (error: unknown) => events.notifyFailed(decision, error),
      );
  };

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
      const partition = bus.partitionFor(`${entry.kind}/${entry.name}`, await bus.partitionCount(REGISTRY));
      await bus.append(REGISTRY, partition, [entry]);
    };
    const onRetry = (error: unknown): void => events.appendFailed(REGISTRY.name, error);
    await retryForever(append, { clock, signal: stopping.signal, onRetry }).catch((error: unknown) =>
      events.appendRefused(REGISTRY.name, error),
    );
  };

  const { sendSmoke, askCheck } = deps;
  const evaluation = await startEvaluation({ bus, clock, events, ledger, sendSmoke, askCheck });
  const writer = startRoutingWriter({
    ledger,
    clock,
    events,
    apply: deps.applyRouting,
    everyMs: config.reconcileEveryMs,
  });
  onChange = (agent) => {
    writer.kick(agent);
    evaluation.kick(agent);
  };
  const kickAll = async (): Promise<void> => {
    await ledger.whenRead;
    for (const agent of ledger.agents.keys()) onChange(agent);
  };
  void kickAll();

  const agents = (sees: Person['sees'] = () => true): AgentState[] =>
    [...ledger.agents.values()].filter(({ agent }) => sees(agent));
  const runsOf = (agent: AgentState): Run[] => [...agent.pastRuns, ...(agent.run === null ? [] : [agent.run])];
  const timeOf = createTimes(evaluation, clock);
  const viewOf = (agent: AgentState, run: Run): RolloutView =>
    rolloutView(agent, run, evaluation.live(run.id), timeOf(agent.agent, run), clock.nowMs());

  return {
    ...createOperations({
      ledger,
      announced,
      readDocuments: deps.readDocuments,
      checkEndpoints: [...config.checkEndpoints.keys()],
      webhookOrigins: config.webhookOrigins,
      promoteApprovals: config.promoteApprovals,
      live: evaluation.live,
      timeOf,
      clock,
    }),
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
    unready: () => {
      const trouble = bus.trouble();
      if (trouble !== null) return trouble;
      if (!ledger.isRead()) return 'the decision log is not read yet';
      return announced.isRead() ? null : 'the registry is not read yet';
    },
    stop: async () => {
      stopping.abort();
      await evaluation.stop();
      await writer.stop();
      await announced.stop();
      await ledger.stop();
    },
  };
};
