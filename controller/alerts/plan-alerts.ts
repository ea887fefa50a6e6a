import type { Alert, AlertDelivery, AlertEvent, AlertFact } from '../../schemas/alert.ts';
import type { AlertContent } from './alert-log.ts';
import { type Alertings, lastedMs, opensAfterMs, targetsOf } from './alerting.ts';

const DAY_MS = 86_400_000;
/** What happened longer ago is no news; the topic knows for longer what was told. */
export const NEWS_FOR_MS = 7 * DAY_MS;
/** The topic keeps a record for thirty days; what stays open is written again in time. */
const WRITTEN_AGAIN_AFTER_MS = DAY_MS;
/** The figures of an open alert change with every record; they are written this often at most. */
const FIGURES_EVERY_MS = 60_000;

/** What there is to be told of now. */
export type SeenFacts = {
  nowMs: number;
  happened: readonly AlertFact[];
  /** All that lasts, by event; null where that can't be told now. */
  standing: ReadonlyMap<AlertEvent, readonly AlertFact[] | null>;
};

const newDelivery = (receiver: string): AlertDelivery => ({
  receiver,
  told: 'nothing',
  toldAtMs: null,
  reminders: 0,
  attempts: 0,
  notBeforeMs: 0,
  batch: null,
  error: null,
  claimedUntilMs: null,
});

/** An alert with a place for each receiver that is to be told of it by now. */
const withTargets = (alert: Alert, alertings: Alertings, nowMs: number): Alert => {
  const known = new Set(alert.deliveries.map(({ receiver }) => receiver));
  const added = targetsOf(alert, alertings, nowMs).filter((receiver) => !known.has(receiver));
  return added.length === 0 ? alert : { ...alert, deliveries: [...alert.deliveries, ...added.map(newDelivery)] };
};

/**
 * An alert that opens again: who was not yet told that it was over has only seen it last, and is told nothing. Whose message is under way
 * keeps its place.
 */
const reopened = (before: Alert | undefined): AlertDelivery[] =>
  (before?.deliveries ?? []).map(({ receiver, told, toldAtMs, claimedUntilMs }) => {
    const knows = told === 'opened' || told === 'acknowledged';
    return { ...newDelivery(receiver), claimedUntilMs, ...(knows && { told: 'opened' as const, toldAtMs }) };
  });

const opened = (fact: AlertFact, state: 'open' | 'happened', nowMs: number, before?: Alert): Alert => ({
  fact,
  state,
  openedAtMs: nowMs,
  endedAtMs: null,
  writtenAtMs: nowMs,
  acknowledged: null,
  deliveries: reopened(before),
});

const updated = (alert: Alert, fact: AlertFact, nowMs: number): Alert => {
  const isGraver = fact.severity !== alert.fact.severity;
  const isNews = fact.summary !== alert.fact.summary && nowMs - alert.writtenAtMs >= FIGURES_EVERY_MS;
  return isGraver || isNews ? { ...alert, fact: { ...fact, sinceMs: alert.fact.sinceMs } } : alert;
};

const isOpen = (alert: Alert | undefined): alert is Alert => alert?.state === 'open';

/** What the alerts come to with what is seen now: those that change. Of each key at most one is open. */
export const planAlerts = (
  { alerts, raised, leader }: Pick<AlertContent, 'alerts' | 'raised' | 'leader'>,
  seen: SeenFacts,
  alertings: Alertings,
): Alert[] => {
  const { nowMs } = seen;
  const next = new Map<string, Alert>();
  const now = (key: string): Alert | undefined => next.get(key) ?? alerts.get(key);
  const put = (alert: Alert): void => void next.set(alert.fact.key, alert);
  const end = (alert: Alert): void => put({ ...alert, state: 'recovered', endedAtMs: nowMs });
  const stand = (fact: AlertFact): void => {
    const held = now(fact.key);
    if (isOpen(held)) put(updated(held, fact, nowMs));
    else if (lastedMs(fact, nowMs) >= opensAfterMs(fact, alertings)) put(opened(fact, 'open', nowMs, held));
  };

  const newsSinceMs = Math.max(leader?.sinceMs ?? nowMs, nowMs - NEWS_FOR_MS);
  for (const fact of seen.happened)
    if (fact.sinceMs >= newsSinceMs && now(fact.key) === undefined) put(opened(fact, 'happened', nowMs));

  // What somebody raised stands until it is settled, whatever else is found of its kind.
  const heldUp = [...raised.values()].filter(({ isOver }) => !isOver).map(({ fact }) => fact.key);
  for (const [event, facts] of seen.standing) {
    if (facts === null) continue;
    for (const fact of facts) stand(fact);
    const keys = new Set([...heldUp, ...facts.map(({ key }) => key)]);
    for (const alert of alerts.values())
      if (alert.fact.event === event && alert.state === 'open' && !keys.has(alert.fact.key)) end(alert);
  }

  for (const { fact, isOver, timeMs } of raised.values()) {
    const held = now(fact.key);
    if (fact.event === 'test') {
      if (held === undefined && timeMs >= newsSinceMs) put(opened(fact, 'happened', nowMs));
    } else if (!isOver) stand(fact);
    else if (isOpen(held)) end(held);
  }

  const stillOpen = [...alerts.values()].filter((alert) => alert.state === 'open' && !next.has(alert.fact.key));
  return [...next.values(), ...stillOpen].flatMap((alert) => {
    const told = alert.state === 'recovered' ? alert : withTargets(alert, alertings, nowMs);
    const isOld = told.state === 'open' && nowMs - told.writtenAtMs >= WRITTEN_AGAIN_AFTER_MS;
    return told === alerts.get(alert.fact.key) && !isOld ? [] : [{ ...told, writtenAtMs: nowMs }];
  });
};
