import type { Alert, AlertDelivery } from '../../schemas/alert.ts';
import type { AlertView } from '../../schemas/alerts-api.ts';
import type { NamedReceiver } from './alerting.ts';
import { titleOf } from './message.ts';
import { isGivenUp, occasionOf } from './plan-deliveries.ts';

type Receivers = ReadonlyMap<string, NamedReceiver>;
type DeliveryView = AlertView['deliveries'][number];

const deliveryView = (alert: Alert, delivery: AlertDelivery, receivers: Receivers, nowMs: number): DeliveryView => {
  const { receiver, told, toldAtMs, attempts, error, notBeforeMs } = delivery;
  const about = { receiver, told, toldAtMs, attempts, error, nextAttemptMs: null };
  const to = receivers.get(receiver);
  if (to === undefined)
    return { ...about, state: told === 'nothing' ? 'given up' : 'sent', error: 'no document has it any more' };
  if (isGivenUp(alert, delivery, nowMs)) return { ...about, state: 'given up' };
  if (occasionOf(alert, delivery, to, nowMs) === null) return { ...about, state: 'sent' };
  return { ...about, state: attempts > 0 ? 'failing' : 'pending', nextAttemptMs: Math.max(nowMs, notBeforeMs) };
};

export const alertView = (alert: Alert, receivers: Receivers, nowMs: number): AlertView => {
  const { fact, state, openedAtMs, endedAtMs, acknowledged, deliveries } = alert;
  return {
    ...fact,
    title: titleOf(alert),
    state,
    openedAtMs,
    endedAtMs,
    acknowledged,
    deliveries: deliveries.map((delivery) => deliveryView(alert, delivery, receivers, nowMs)),
  };
};

/** Where an alert stands in the list: open ones first, then the newest. */
type Place = { isOpen: boolean; openedAtMs: number; key: string };
const placeOf = ({ state, openedAtMs, fact }: Alert): Place => ({
  isOpen: state === 'open',
  openedAtMs,
  key: fact.key,
});
const order = (a: Place, b: Place): number =>
  Number(b.isOpen) - Number(a.isOpen) || b.openedAtMs - a.openedAtMs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

const cursorOf = ({ isOpen, openedAtMs, key }: Place): string =>
  Buffer.from(JSON.stringify([isOpen, openedAtMs, key])).toString('base64url');

/** Undefined of what is no cursor of ours. */
const readCursor = (cursor: string): Place | undefined => {
  try {
    const [isOpen, openedAtMs, key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    return typeof isOpen === 'boolean' && typeof openedAtMs === 'number' && typeof key === 'string'
      ? { isOpen, openedAtMs, key }
      : undefined;
  } catch {
    return undefined;
  }
};

export type AskedAlerts = {
  state: 'open' | 'ended' | 'all';
  agent?: string | undefined;
  limit: number;
  cursor?: string | undefined;
};

/** A page of alerts, and where the next one begins; null for a cursor that is none. */
export const pageOf = (
  alerts: Iterable<Alert>,
  asked: AskedAlerts,
  sees: (agent: string) => boolean,
): { alerts: Alert[]; open: number; next: string | null } | null => {
  const after = asked.cursor === undefined ? null : readCursor(asked.cursor);
  if (after === undefined) return null;
  const seen = [...alerts].filter(({ fact: { agent } }) =>
    asked.agent === undefined ? agent === null || sees(agent) : agent === asked.agent && sees(agent),
  );
  const open = seen.filter(({ state }) => state === 'open').length;
  const wanted = seen
    .filter(({ state }) => asked.state === 'all' || (state === 'open') === (asked.state === 'open'))
    .map((alert) => ({ alert, place: placeOf(alert) }))
    .filter(({ place }) => after === null || order(after, place) < 0)
    .sort((a, b) => order(a.place, b.place));
  const page = wanted.slice(0, asked.limit);
  const last = page.at(-1);
  const next = last !== undefined && wanted.length > page.length ? cursorOf(last.place) : null;
  return { alerts: page.map(({ alert }) => alert), open, next };
};
