import { vi } from 'vitest';
import type { Bus } from '../../platform/kafka/bus.ts';
import { type Clock, systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMemoryBus } from '../../platform/kafka/memory-bus.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import type { Decision } from '../../schemas/decision.ts';
import { RoutingView } from '../../schemas/routing-view.ts';
import { DECISIONS, EXCHANGES, SCORES, WINDOWS } from '../../schemas/topics.ts';
import type { WindowRecord, WindowRow } from '../../schemas/window.ts';
import { T0 } from './play.fixture.ts';
import { CATEGORIES, randomOf, type World, windowRows } from './traffic.fixture.ts';
import { takesAlerts } from './alerting.fixture.ts';
import { createControllerEvents } from '../events.ts';
import type { ApplyRouting } from '../effects/routing-writer.ts';
import { type Controller, startController } from '../service.ts';
import type { AskIdentity } from '../commands/identifying.ts';
import { readDocuments } from '../../schemas/read-documents.ts';
import type { AskOnce } from '../deciding/checking.ts';
import type { SendSmoke } from '../deciding/smoke-check.ts';
import { noPipeline, noStore } from './no-operating.fixture.ts';

/** Redis' compare-and-set in memory, with the history of what was in force. */
export type Store = {
  views: Map<string, string>;
  history: number[];
  away: boolean;
  refused: number;
  apply: ApplyRouting;
};

export const createStore = (): Store => {
  const store: Store = {
    views: new Map(),
    history: [],
    away: false,
    refused: 0,
    apply: async (agent, sequence, json) => {
      if (store.away) throw new Error('Connection is closed.');
      const current = store.views.get(agent);
      const currentSequence = sequenceOf(current);
      if (currentSequence > sequence) {
        store.refused += 1;
        return 'older';
      }
      if (currentSequence === sequence) return current === json ? 'same' : 'conflict';
      store.views.set(agent, json);
      store.history.push(sequence);
      return 'applied';
    },
  };
  return store;
};

export type SimulatedController = Controller & {
  /** How far the windows of a source topic have been judged. */
  judgedThroughMs(topic: string): number;
  alarms: string[];
  notified: Decision[];
};

/** A view's sequence, from its JSON. */
export const sequenceOf = (json: string | undefined): number =>
  json === undefined ? 0 : RoutingView.parse(JSON.parse(json)).sequence;

/** A clock that stands still but for `set`, and whose sleeps are short. */
export const createSteppedClock = (startMs: number): Clock & { set(ms: number): void } => {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal),
    set: (ms) => {
      nowMs = ms;
    },
  };
};

const nothingToSmoke: SendSmoke = async () => ({ failure: 'there is no upstream here', latencyMs: 0 });

const nobodyToIdentify: AskIdentity = async () => ({ failure: 'there is nobody here' });

const nobodyToAsk: AskOnce = async () => ({ failure: 'there is nobody here' });

export const startSimulated = async (
  bus: Bus,
  store: Store,
  clock: Clock,
  sendSmoke = nothingToSmoke,
  askCheck = nobodyToAsk,
  promoteApprovals = 1,
  askIdentity = nobodyToIdentify,
  alerting = takesAlerts(),
  webhookOrigins: string[] = [],
): Promise<SimulatedController> => {
  const judgedMs = new Map<string, number>();
  const alarms: string[] = [];
  const notified: Decision[] = [];
  const events = {
    ...createControllerEvents(silentLog, createMetrics('controller')),
    judged: (_: string, topic: string, streamTimeMs: number) => void judgedMs.set(topic, streamTimeMs),
    checkingFailed: (_: string, __: string, error: unknown) => void alarms.push(String(error)),
    judgingFailed: (_: string, error: unknown) => void alarms.push(String(error)),
    routingAlarm: (_: string, outcome: string) => void alarms.push(outcome),
    rowRefused: (_: string, problem: string) => void alarms.push(problem),
  };
  const notify = async (_: string, decision: Decision): Promise<void> => void notified.push(decision);
  const controller = await startController(
    {
      bus,
      clock,
      events,
      applyRouting: store.apply,
      notify,
      sendSmoke,
      askCheck,
      askIdentity,
      alerting,
      readDocuments: async (text) => readDocuments(text),
      askStore: noStore,
      pipeline: noPipeline,
    },
    {
      reconcileEveryMs: 5,
      checkEndpoints: new Map(['release', 'prom'].map((name) => [name, null])),
      webhookOrigins,
      promoteApprovals,
    },
  );
  await vi.waitFor(
    () => {
      if (controller.unready() !== null) throw new Error(String(controller.unready()));
    },
    { timeout: 20_000, interval: 2 },
  );
  return { ...controller, judgedThroughMs: (topic) => judgedMs.get(topic) ?? 0, alarms, notified };
};

export const AGENT_YAML = `
apiVersion: coalmine/v1
kind: Agent
metadata: { name: support }
spec:
  stable: v1
  slices: [{ label: category, values: [${CATEGORIES.join(', ')}] }]
  versions:
    - { label: v1, upstream: "http://127.0.0.1:9101/v1", code: "git:1", prompt: one }
    - { label: v2, upstream: "http://127.0.0.1:9102/v1", code: "git:1", prompt: two }
    - { label: v3, upstream: "http://127.0.0.1:9103/v1", code: "git:1", prompt: three }
`;

export const rolloutYaml = (extra = '', name = 'support-v2', candidate = 'v2'): string => `
apiVersion: coalmine/v1
kind: Rollout
metadata: { name: ${name} }
spec:
  agent: support
  candidate: ${candidate}
  minRequests: 20
  stages:
    - { weightPct: 10, duration: 6s }
    - { weightPct: 50, duration: 6s }
    - { weightPct: 100, duration: 6s }
${extra}`;

/** The analyzer's part: one topic's rows, and the tick that closes their windows. */
export type ClosedWindows = { topic: string; rows: readonly WindowRow[]; closedThroughMs: number };

export const closedWindows = (rows: readonly WindowRow[], topic: string, closedThroughMs: number): ClosedWindows => ({
  topic,
  rows: rows.filter((row) => row.sourceTopic === topic),
  closedThroughMs,
});

export const writeClosed = async (
  bus: Bus,
  agent: string,
  { topic, rows, closedThroughMs }: ClosedWindows,
): Promise<void> => {
  const partition = bus.partitionFor(agent, await bus.partitionCount(WINDOWS));
  const tick = { sourceTopic: topic, sourcePartition: 0, sourcePartitions: 1, closedThroughMs };
  const events = rows.map((row): WindowRecord => ({
    source: 'analyzer',
    sequence: 1,
    timeMs: row.endMs,
    event: row,
    tick: null,
  }));
  await bus.append(WINDOWS, partition, [
    ...events,
    { source: 'analyzer', sequence: 0, timeMs: closedThroughMs, event: null, tick },
  ]);
};

/** One window of both topics. */
export const writeWindow = async (
  bus: Bus,
  agent: string,
  rows: readonly WindowRow[],
  closedThroughMs: number,
): Promise<void> => {
  for (const { name } of [EXCHANGES, SCORES]) await writeClosed(bus, agent, closedWindows(rows, name, closedThroughMs));
};

export type Simulation = {
  bus: Bus;
  store: Store;
  clock: ReturnType<typeof createSteppedClock>;
  /**
   * The next windows, until all have passed or no rollout is under way. Where `isSilent`, the windows of scores wait for
   * the first that is not.
   */
  run(
    controllers: readonly SimulatedController[],
    world: World,
    windows: number,
    isSilent?: (window: number) => boolean,
  ): Promise<void>;
  /** Every record of the agent's decision log. */
  log(): Promise<Decision[]>;
};

export const createSimulation = (seed: number): Simulation => {
  const bus = createMemoryBus({ seed });
  const store = createStore();
  const clock = createSteppedClock(T0);
  const random = randomOf(seed);
  const late: ClosedWindows[] = [];
  let nextMs = T0;

  const write = async (controllers: readonly SimulatedController[], closed: ClosedWindows): Promise<void> => {
    await writeClosed(bus, 'support', closed);
    await vi.waitFor(
      () => {
        const isOver = controllers[0]?.agents()[0]?.run?.endedAtMs != null;
        const isJudged = controllers.some((c) => c.judgedThroughMs(closed.topic) >= closed.closedThroughMs);
        const sequence = controllers[0]?.agents()[0]?.sequence;
        const isWritten = sequenceOf(store.views.get('support')) === sequence;
        if (!(isOver || isJudged) || !isWritten)
          throw new Error(`window ${closed.closedThroughMs - T0} ms is not judged`);
      },
      { timeout: 10_000, interval: 2 },
    );
  };

  return {
    bus,
    store,
    clock,
    run: async (controllers, world, windows, isSilent = () => false) => {
      for (let i = 0; i < windows; i++) {
        const view = RoutingView.safeParse(JSON.parse(store.views.get('support') ?? 'null')).data;
        if (view === undefined || view.rollout === '') return;
        const endMs = nextMs + world.windowMs;
        clock.set(endMs);
        const rows = windowRows(world, view, nextMs, random);
        nextMs = endMs;
        await write(controllers, closedWindows(rows, EXCHANGES.name, endMs));
        late.push(closedWindows(rows, SCORES.name, endMs));
        if (!isSilent(i)) for (const closed of late.splice(0)) await write(controllers, closed);
      }
    },
    log: async () => {
      const decisions: Decision[] = [];
      const partition = bus.partitionFor('support', await bus.partitionCount(DECISIONS));
      await bus.readToEnd(DECISIONS, partition, 0, (record) => decisions.push(record.value));
      return decisions;
    },
  };
};
