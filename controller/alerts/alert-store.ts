import { randomUUID } from 'node:crypto';
import type { Bus } from '../../platform/kafka/bus.ts';
import type { Clock } from '../../platform/process/clock.ts';
import type { Alert, AlertFact, AlertRecord } from '../../schemas/alert.ts';
import { ALERTS } from '../../schemas/topics.ts';
import { createConfirmedAppend, type Watchers } from '../append-confirmed.ts';
import type { ControllerEvents } from '../events.ts';
import { followLog } from '../follow-log.ts';
import { type AlertContent, createAlertLog } from './alert-log.ts';

/** The topic of alerts: read as it grows, and the only way to change one. */
export type AlertStore = {
  content: AlertContent;
  /** Of this controller, anew at each start. */
  instance: string;
  /** Whether this controller is the one that sends, by what has been read. */
  leads(): boolean;
  /** Says that this controller sends from here on, and resolves once that was read back, with all that stood before it. */
  lead(signal: AbortSignal): Promise<void>;
  /** Alters alerts by what they are then; one change after the other. Resolves once they are read back, with those that were written; none where this controller does not lead any more. */
  change(plan: (content: AlertContent) => Alert[], signal: AbortSignal): Promise<Alert[]>;
  raise(fact: AlertFact, isOver: boolean, signal: AbortSignal): Promise<void>;
  acknowledge(alert: Alert, by: string, signal: AbortSignal): Promise<void>;
  isRead(): boolean;
  stop(): Promise<void>;
};

export type AlertStoreDeps = { bus: Bus; clock: Clock; events: ControllerEvents; onRead: () => void };

const NOTHING = { alert: null, raised: null, acknowledgement: null, leader: null };

export const openAlertStore = async ({ bus, clock, events, onRead }: AlertStoreDeps): Promise<AlertStore> => {
  const instance = `controller-${randomUUID()}`;
  const log = createAlertLog();
  const watchers: Watchers<AlertRecord> = new Set();
  const appendConfirmed = createConfirmedAppend({ bus, clock, events });
  const stopping = new AbortController();
  const leads = (): boolean => log.leader?.by === instance;

  const recordOf = (holds: Partial<AlertRecord>): AlertRecord => ({
    ...NOTHING,
    id: randomUUID(),
    by: instance,
    timeMs: clock.nowMs(),
    ...holds,
  });
  const write = async (records: readonly AlertRecord[], signal: AbortSignal): Promise<void> => {
    const last = records.at(-1);
    if (last === undefined) return;
    const look = (record: AlertRecord | null): true | undefined => record?.id === last.id || undefined;
    const both = AbortSignal.any([signal, stopping.signal]);
    await appendConfirmed({ topic: ALERTS, partitionKey: ALERTS.name, records, watchers, look }, both);
  };

  const follower = await followLog({
    bus,
    clock,
    topic: ALERTS,
    onRecord: ({ value }) => {
      const taken = log.take(value);
      // Compaction keeps the last record of a key, which is of somebody who sends no more.
      if (taken.kind === 'foreign' && taken.repeat !== null && leads())
        void write([recordOf({ alert: taken.repeat })], stopping.signal).catch(() => {});
      for (const watcher of watchers) watcher(value);
    },
    onRead,
    onFailure: (error) => events.readFailed(ALERTS.name, error),
  });

  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = last.then(run, run);
    last = turn.catch(() => {});
    return turn;
  };

  return {
    content: log,
    instance,
    leads,
    lead: (signal) => write([recordOf({ leader: { sinceMs: log.leader?.sinceMs ?? clock.nowMs() } })], signal),
    change: (plan, signal) =>
      inTurn(async () => {
        const alerts = leads() ? plan(log) : [];
        await write(
          alerts.map((alert) => recordOf({ alert })),
          signal,
        );
        return leads() ? alerts : [];
      }),
    raise: (fact, isOver, signal) => write([recordOf({ raised: { fact, isOver } })], signal),
    acknowledge: ({ fact, openedAtMs }, by, signal) =>
      write([recordOf({ acknowledgement: { key: fact.key, openedAtMs, by } })], signal),
    isRead: follower.isRead,
    stop: async () => {
      stopping.abort();
      await follower.stop();
    },
  };
};
