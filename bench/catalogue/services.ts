import { setTimeout as delay } from 'node:timers/promises';
import { createAnalyzerEvents } from '../../analyzer/events.ts';
import { startAnalyzer } from '../../analyzer/service.ts';
import { createSnapshots } from '../../analyzer/snapshots.io.ts';
import { noPipeline, noStore } from '../../controller/test/no-operating.fixture.ts';
import { createControllerEvents } from '../../controller/events.ts';
import { readDocuments } from '../../schemas/read-documents.ts';
import { startController } from '../../controller/service.ts';
import { createMemoryBus, type MemoryBus } from '../../platform/kafka/memory-bus.ts';
import { type Clock, systemClock } from '../../platform/process/clock.ts';
import { silentLog } from '../../platform/process/log.ts';
import { createMetrics } from '../../platform/process/metrics.ts';
import { RoutingView } from '../../schemas/routing-view.ts';
import { EXCHANGES, SCORES } from '../../schemas/topics.ts';

/** A clock that stands still but for `set`; who sleeps by it wakes soon. */
export type SteppedClock = Clock & { set(ms: number): void };

export const createSteppedClock = (startMs: number): SteppedClock => {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal),
    set: (ms) => {
      nowMs = ms;
    },
  };
};

const SETTLE_DEADLINE_MS = 30_000;
const NEVER_MS = 1e12;

/** Analyzer and controller as they run, on a bus in memory; routing stands in a map instead of Redis. */
export const startServices = async (clock: SteppedClock, windowMs: number) => {
  const bus: MemoryBus = createMemoryBus();
  const views = new Map<string, RoutingView>();
  const judgedMs = new Map<string, number>();
  const problems: string[] = [];
  const analyzer = await startAnalyzer(
    {
      bus,
      clock: systemClock,
      events: createAnalyzerEvents(silentLog, createMetrics('analyzer'), systemClock),
      snapshots: createSnapshots(bus),
    },
    { windowMs, graceMs: 0, snapshotEveryMs: NEVER_MS },
  );
  const controller = await startController(
    {
      bus,
      clock,
      events: {
        ...createControllerEvents(silentLog, createMetrics('controller')),
        judged: (_, topic, throughMs) => void judgedMs.set(topic, throughMs),
        judgingFailed: (_, error) => void problems.push(String(error)),
        rowRefused: (_, problem) => void problems.push(problem),
      },
      applyRouting: async (agent, sequence, json) => {
        const current = views.get(agent)?.sequence ?? 0;
        if (current >= sequence) return current > sequence ? 'older' : 'same';
        views.set(agent, RoutingView.parse(JSON.parse(json)));
        return 'applied';
      },
      notify: async () => {},
      sendSmoke: async () => ({ failure: 'there is no upstream here', latencyMs: 0 }),
      askCheck: async () => {
        throw new Error('there is nobody to ask here');
      },
      askIdentity: async () => ({ failure: 'there is nobody to ask here' }),
      alerting: { send: async () => ({ ok: true }), secretOf: () => undefined, chance: () => 0, publicUrl: null },
      readDocuments: async (text) => readDocuments(text),
      askStore: noStore,
      pipeline: noPipeline,
    },
    { reconcileEveryMs: 5, checkEndpoints: new Map(), webhookOrigins: [], promoteApprovals: 1 },
  );

  const settled = async (what: string, isSettled: () => boolean): Promise<void> => {
    const untilMs = performance.now() + SETTLE_DEADLINE_MS;
    while (!isSettled()) {
      const problem = problems[0] ?? analyzer.trouble();
      if (problem !== null) throw new Error(problem);
      if (performance.now() > untilMs) throw new Error(`waited in vain: ${what}`);
      await delay(1);
    }
  };
  await settled('the controller is ready', () => controller.unready() === null);

  const isOver = (): boolean => controller.agents()[0]?.run?.endedAtMs != null;
  const isRouted = (): boolean => views.values().next().value?.sequence === controller.agents()[0]?.sequence;

  return {
    bus,
    controller,
    views,
    isOver,
    /** Until all windows before that time are judged, and what follows from them is in force. */
    judgedThrough: (ms: number): Promise<void> =>
      settled(
        `windows through ${ms} are judged`,
        () => isRouted() && (isOver() || [EXCHANGES, SCORES].every(({ name }) => (judgedMs.get(name) ?? 0) >= ms)),
      ),
    routed: (): Promise<void> => settled('routing is in force', () => views.size > 0 && isRouted()),
    stop: async (): Promise<void> => {
      await controller.stop();
      await analyzer.stop();
      await bus.close(0);
    },
  };
};
