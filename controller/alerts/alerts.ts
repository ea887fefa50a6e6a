import { once } from 'node:events';
import { type AssignedPartition, type Bus, subscription } from '../../platform/kafka/bus.ts';
import type { Clock } from '../../platform/process/clock.ts';
import type { Alert, AlertEvent, AlertFact } from '../../schemas/alert.ts';
import type { AlertView } from '../../schemas/alerts-api.ts';
import { ALERTS, GROUPS } from '../../schemas/topics.ts';
import type { ControllerEvents } from '../events.ts';
import type { Ledger } from '../ledger.ts';
import { factOf, type World } from './alert-kind.ts';
import { openAlertStore } from './alert-store.ts';
import { alertView } from './alert-view.ts';
import { type Alertings, receiverId, receiversOf, trialKey } from './alerting.ts';
import { ALERT_KINDS } from './kinds/table.ts';
import type { PipelineLook } from './pipeline.ts';
import { lookAtPipeline, type LookedAt } from './pipeline-look.ts';
import type { News } from './news.ts';
import { planAlerts } from './plan-alerts.ts';
import { createSending, type SendAlert } from './sending.ts';

/** What reaches the outside for alerts. */
export type AlertingDeps = {
  send: SendAlert;
  /** What the operator has under that name; undefined if nothing. */
  secretOf: (name: string) => string | undefined;
  /** Between 0 and 1, so that not all attempts come at once. */
  chance: () => number;
  /** Where the page is; null where the operator has not said. */
  publicUrl: string | null;
};

export type AlertsDeps = {
  bus: Bus;
  clock: Clock;
  events: ControllerEvents;
  ledger: Pick<Ledger, 'agents' | 'decisions' | 'isRead'>;
  registry: { alertings(): Alertings; isRead(): boolean };
  news: News;
  pipeline: LookedAt;
  alerting: AlertingDeps;
  /** Where messages may lead. */
  origins: readonly string[];
};

export type Alerts = {
  /** A fact that one controller alone can see, such as the owner of an agent's windows: it lasts until it is settled. Saying it again changes nothing. */
  raise(fact: AlertFact): Promise<void>;
  settle(key: string): Promise<void>;
  all(): Alert[];
  view(alert: Alert): AlertView;
  find(key: string): Alert | undefined;
  acknowledge(alert: Alert, by: string, signal: AbortSignal): Promise<AlertView>;
  /** Null where there is no such document. */
  test(document: string, by: string, signal: AbortSignal): Promise<{ key: string; receivers: string[] } | null>;
  isRead(): boolean;
  stop(): Promise<void>;
};

const EVERY_MS = 1_000;
const PIPELINE_EVERY_MS = 15_000;
/** So long what is on its way may take at the end. */
const LAST_SENDS_MS = 15_000;
/** Later than any record's time. */
const NEVER_MS = 8_640_000_000_000_000;

/** Membership of the group whose one partition says who sends. */
const followLeadership = async (
  bus: Bus,
  handlers: { onLead: (partition: AssignedPartition) => void },
): Promise<{ stop(): Promise<void> }> =>
  bus.consume(GROUPS.alerts, [
    subscription(ALERTS, {
      onAssign: async (assigned) => {
        // Whatever the partitions, what has one order goes to one of them.
        const leading = bus.partitionFor(ALERTS.name, await bus.partitionCount(ALERTS));
        if (assigned.partition === leading) handlers.onLead(assigned);
        return bus.offsetSince(ALERTS, assigned.partition, NEVER_MS);
      },
      onRecords: async (partition, records) => {
        const last = records.at(-1);
        if (last !== undefined) void partition.commit(last.offset + 1);
      },
    }),
  ]);

const standingIn = (world: World): Map<AlertEvent, readonly AlertFact[] | null> =>
  new Map(
    (Object.keys(ALERT_KINDS) as AlertEvent[]).flatMap((event) => {
      const { standing } = ALERT_KINDS[event];
      return standing === undefined ? [] : [[event, standing(world)] as const];
    }),
  );

/**
 * Tells people. Every controller follows the decision log and the topic of alerts; the one that the group gives the topic's partition
 * alters alerts and sends, after the topic itself has said that it leads.
 */
export const startAlerts = async (deps: AlertsDeps): Promise<Alerts> => {
  const { bus, clock, events, ledger, registry, alerting } = deps;
  /** First nothing new is begun; what is on its way still goes into the log. */
  const stopping = new AbortController();
  const ended = new AbortController();
  const { signal } = ended;
  let owned: AssignedPartition | null = null;
  let pipeline: { look: PipelineLook | null; atMs: number } = { look: null, atMs: 0 };
  let isLooking = false;
  const { promise: whenRead, resolve: onRead } = Promise.withResolvers<void>();
  const isReady = (): boolean => store.isRead() && ledger.isRead() && registry.isRead();
  const store = await openAlertStore({
    bus,
    clock,
    events,
    onRead,
  });
  const leads = (): boolean => owned?.alive() === true && !stopping.signal.aborted && store.leads();
  const sending = createSending({
    ...alerting,
    store,
    alertings: registry.alertings,
    clock,
    events,
    origins: deps.origins,
    leads,
    signal,
  });

  const takeLead = async (assigned: AssignedPartition): Promise<void> => {
    owned = assigned;
    try {
      await Promise.race([whenRead, once(stopping.signal, 'abort')]);
      if (stopping.signal.aborted || !assigned.alive()) return;
      await store.lead(signal);
      events.alertsLed(store.instance);
    } catch (error) {
      if (!signal.aborted) events.alertingFailed(error);
    }
  };
  const leadership = await followLeadership(bus, { onLead: (assigned) => void takeLead(assigned) });

  /** It may take long, and no alert waits for it. */
  const lookAround = async (): Promise<void> => {
    if (isLooking || clock.nowMs() - pipeline.atMs < PIPELINE_EVERY_MS) return;
    isLooking = true;
    const look = await lookAtPipeline(bus, deps.pipeline, clock.nowMs()).catch((error: unknown) => {
      if (!signal.aborted) events.alertingFailed(error);
      return null;
    });
    pipeline = { look, atMs: clock.nowMs() };
    isLooking = false;
  };

  const step = async (): Promise<void> => {
    if (!leads() || !isReady()) return;
    void lookAround();
    await store.change((content) => {
      const nowMs = clock.nowMs();
      const agents = [...ledger.agents.values()].map((state) => ({ state, decisions: ledger.decisions(state.agent) }));
      const open = new Map(
        [...content.alerts].flatMap(([key, { state, fact }]) => (state === 'open' ? [[key, fact] as const] : [])),
      );
      const standing = standingIn({ nowMs, agents, pipeline: pipeline.look, open });
      const seen = { nowMs, happened: deps.news.untold(content.alerts, nowMs), standing };
      return planAlerts(content, seen, registry.alertings());
    }, signal);
    events.alertsOpen([...store.content.alerts.values()].filter(({ state }) => state === 'open'));
    sending.look();
  };

  const stepping = (async () => {
    while (!stopping.signal.aborted) {
      await step().catch((error: unknown) => {
        if (!signal.aborted) events.alertingFailed(error);
      });
      await clock.sleep(EVERY_MS, stopping.signal);
    }
  })();

  const viewOf = (alert: Alert): AlertView => alertView(alert, receiversOf(registry.alertings()), clock.nowMs());
  return {
    raise: async (fact) => {
      const held = store.content.raised.get(fact.key);
      if (held !== undefined && !held.isOver && held.fact.severity === fact.severity) return;
      await store.raise(fact, false, signal);
    },
    settle: async (key) => {
      const held = store.content.raised.get(key);
      if (held !== undefined && !held.isOver) await store.raise(held.fact, true, signal);
    },
    all: () => [...store.content.alerts.values()],
    view: viewOf,
    find: (key) => store.content.alerts.get(key),
    acknowledge: async (alert, by, until) => {
      await store.acknowledge(alert, by, until);
      return viewOf(store.content.alerts.get(alert.fact.key) ?? alert);
    },
    test: async (name, by, until) => {
      const applied = registry.alertings().get(name);
      if (applied === undefined) return null;
      const nowMs = clock.nowMs();
      const key = trialKey(name, nowMs);
      const summary = `a test of the receivers of ${name}; there is nothing to do`;
      const fact = factOf({ key, event: 'test', severity: 'info', agent: null, sinceMs: nowMs, summary, by });
      await store.raise(fact, false, until);
      return { key, receivers: applied.document.spec.receivers.map((receiver) => receiverId(name, receiver.name)) };
    },
    isRead: store.isRead,
    stop: async () => {
      stopping.abort();
      await Promise.race([Promise.all([sending.idle(), stepping]), clock.sleep(LAST_SENDS_MS, signal)]);
      ended.abort();
      await leadership.stop();
      await store.stop();
    },
  };
};
