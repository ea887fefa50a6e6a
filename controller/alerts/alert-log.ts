import type { Alert, AlertFact, AlertRecord } from '../../schemas/alert.ts';

const DAY_MS = 86_400_000;
/** Alerts that are over are known for longer than a decision may be new, so that none is told again. */
const ENDED_KEPT_MS = 14 * DAY_MS;
const LOOK_EVERY_RECORDS = 1_000;

export type RaisedFact = { fact: AlertFact; isOver: boolean; timeMs: number };

/** What the topic of alerts says. */
export type AlertContent = {
  alerts: ReadonlyMap<string, Alert>;
  raised: ReadonlyMap<string, RaisedFact>;
  /** Who sends, by the log, and since when there are alerts; null before the first. */
  leader: { by: string; sinceMs: number } | null;
};

/** `foreign`: an alert by somebody who is not the leader any more; `repeat` is what counts, to be written once more for compaction. */
export type TakenAlert = { kind: 'taken' } | { kind: 'foreign'; repeat: Alert | null };

const isEndedBefore = (alert: Alert, timeMs: number): boolean =>
  alert.state !== 'open' && (alert.endedAtMs ?? alert.openedAtMs) < timeMs;

/** An alert with what somebody said of it, where that is about this time that it is open. */
const acknowledged = (alert: Alert, { openedAtMs, by, timeMs }: { openedAtMs: number; by: string; timeMs: number }) =>
  alert.openedAtMs === openedAtMs && alert.acknowledged === null
    ? { ...alert, acknowledged: { by, atMs: timeMs } }
    : alert;

/**
 * Folds the topic of alerts. The last record of a key counts, but an alert only if the leader wrote it: two controllers that both believe
 * to be that are told apart by the order of the topic.
 */
export const createAlertLog = (): AlertContent & { take(record: AlertRecord): TakenAlert } => {
  const alerts = new Map<string, Alert>();
  const raised = new Map<string, RaisedFact>();
  const acknowledgements = new Map<string, { openedAtMs: number; by: string; timeMs: number }>();
  let leader: AlertContent['leader'] = null;
  let taken = 0;

  const forget = (nowMs: number): void => {
    for (const [key, alert] of alerts) if (isEndedBefore(alert, nowMs - ENDED_KEPT_MS)) alerts.delete(key);
    for (const [key, { isOver, timeMs }] of raised) if (isOver && timeMs < nowMs - ENDED_KEPT_MS) raised.delete(key);
    for (const key of acknowledgements.keys()) if (!alerts.has(key)) acknowledgements.delete(key);
  };

  const takeAlert = (alert: Alert, by: string): TakenAlert => {
    const { key } = alert.fact;
    if (leader !== null && leader.by !== by) return { kind: 'foreign', repeat: alerts.get(key) ?? null };
    const said = acknowledgements.get(key);
    alerts.set(key, said === undefined ? alert : acknowledged(alert, said));
    return { kind: 'taken' };
  };

  return {
    alerts,
    raised,
    get leader() {
      return leader;
    },
    take: ({ by, timeMs, alert, raised: fact, acknowledgement, leader: led }) => {
      if (++taken % LOOK_EVERY_RECORDS === 0) forget(timeMs);
      if (alert !== null) return takeAlert(alert, by);
      if (fact !== null) raised.set(fact.fact.key, { ...fact, timeMs });
      if (led !== null) leader = { by, sinceMs: leader?.sinceMs ?? led.sinceMs };
      if (acknowledgement !== null) {
        const said = { openedAtMs: acknowledgement.openedAtMs, by: acknowledgement.by, timeMs };
        acknowledgements.set(acknowledgement.key, said);
        const held = alerts.get(acknowledgement.key);
        if (held !== undefined) alerts.set(acknowledgement.key, acknowledged(held, said));
      }
      return { kind: 'taken' };
    },
  };
};
