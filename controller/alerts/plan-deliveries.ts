import type { Alert, AlertDelivery } from '../../schemas/alert.ts';
import type { AlertContent } from './alert-log.ts';
import { type NamedReceiver, routesOf } from './alerting.ts';
import type { Occasion } from './message.ts';
import { FORMATS } from './receivers/table.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** A receiver of people gets one message in so long; what comes in between goes into the next one. */
export const GROUPED_FOR_MS = 5 * SECOND_MS;
/** So much goes into one message; the rest waits for the next one. */
const MOST_IN_ONE = 20;
/** A claim is longer than an attempt can take, so that the next leader sends nothing that is on its way. */
export const CLAIM_MS = 30 * SECOND_MS;
/** What is over and could not be told for so long is given up. What is open never is. */
const GIVEN_UP_AFTER_MS = 3 * 24 * 60 * MINUTE_MS;

const FIRST_WAIT_MS = 5 * SECOND_MS;
const LONGEST_WAIT_MS = 15 * MINUTE_MS;
/** A receiver that asks for more than this is asked again all the same. */
const LONGEST_ASKED_MS = 60 * MINUTE_MS;

/** One alert, and what its receiver is to be told of it. */
export type Item = { alert: Alert; delivery: AlertDelivery; occasion: Occasion };
/** What goes to one receiver at once. */
export type Batch = { receiver: NamedReceiver; items: readonly Item[] };

const wantsRecovery = ({ fact }: Alert, { of, receiver }: NamedReceiver): boolean =>
  routesOf(of, fact)
    .filter((route) => route.receiver === receiver.name)
    .every(({ recovery }) => recovery);

/** What a receiver is still to be told of an alert; null if nothing, for now. */
export const occasionOf = (
  alert: Alert,
  delivery: AlertDelivery,
  to: NamedReceiver,
  nowMs: number,
): Occasion | null => {
  const { told, toldAtMs } = delivery;
  const { acknowledges, reminds } = FORMATS[to.receiver.type];
  if (alert.state === 'happened') return told === 'nothing' ? 'happened' : null;
  if (alert.state === 'recovered') {
    if (told === 'ended') return null;
    // Of what was over before it could be told, this is all that the receiver hears.
    return told === 'nothing' || wantsRecovery(alert, to) ? 'recovered' : null;
  }
  if (told === 'nothing' || told === 'ended') return 'opened';
  if (alert.acknowledged !== null) return acknowledges && told === 'opened' ? 'acknowledged' : null;
  const isDue = nowMs - (toldAtMs ?? nowMs) >= to.of.document.spec.repeatEvery;
  return reminds && isDue ? 'reminder' : null;
};

/** Whether nobody tries any more. */
export const isGivenUp = (alert: Alert, { attempts }: AlertDelivery, nowMs: number): boolean =>
  alert.state !== 'open' && attempts > 0 && nowMs - (alert.endedAtMs ?? alert.openedAtMs) > GIVEN_UP_AFTER_MS;

const dueTo = (content: Pick<AlertContent, 'alerts'>, receiver: NamedReceiver, nowMs: number): Item[] =>
  [...content.alerts.values()]
    .flatMap((alert) =>
      alert.deliveries.flatMap((delivery) => {
        if (delivery.receiver !== receiver.id || (delivery.claimedUntilMs ?? 0) > nowMs) return [];
        // Whoever applied the document anew has mended something.
        const isMended = receiver.of.timeMs > alert.writtenAtMs;
        if ((delivery.notBeforeMs > nowMs && !isMended) || isGivenUp(alert, delivery, nowMs)) return [];
        const occasion = occasionOf(alert, delivery, receiver, nowMs);
        return occasion === null ? [] : [{ alert, delivery, occasion }];
      }),
    )
    .sort((a, b) => a.alert.openedAtMs - b.alert.openedAtMs);

/** What failed together goes together again, so that the receiver sees the same message; else the oldest first. */
const together = (items: readonly Item[]): Item[] => {
  const [first] = items;
  const batch = first?.delivery.batch ?? null;
  return items.filter(({ delivery }) => delivery.batch === batch).slice(0, MOST_IN_ONE);
};

/** The next message to a receiver; null if there is nothing to tell now. `lastMs`: when the one before went out. */
export const nextBatch = (
  content: Pick<AlertContent, 'alerts'>,
  receiver: NamedReceiver,
  { nowMs, lastMs }: { nowMs: number; lastMs: number },
): Batch | null => {
  const { groups } = FORMATS[receiver.receiver.type];
  if (groups && nowMs - lastMs < GROUPED_FOR_MS) return null;
  const due = dueTo(content, receiver, nowMs);
  if (due.length === 0) return null;
  return { receiver, items: groups ? together(due) : due.slice(0, 1) };
};

/** The receivers that anything is due to, or will be. */
export const receiversWithNews = (
  content: Pick<AlertContent, 'alerts'>,
  receivers: ReadonlyMap<string, NamedReceiver>,
  nowMs: number,
): string[] =>
  [...receivers.values()].filter((receiver) => dueTo(content, receiver, nowMs).length > 0).map(({ id }) => id);

export type SendResult = { ok: true } | { ok: false; reason: string; isOurs: boolean; retryAfterMs: number | null };

/** How long to wait after a failed attempt (from 1). `chance` is between 0 and 1: so that not all come back at once. */
export const waitMs = (attempt: number, result: SendResult & { ok: false }, chance: number): number => {
  const doubled = FIRST_WAIT_MS * 2 ** Math.min(attempt - 1, 20);
  // What it refuses for good is a fault of address or secret, which somebody must mend.
  const backoffMs = result.isOurs ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, doubled);
  const asked = Math.min(LONGEST_ASKED_MS, result.retryAfterMs ?? 0);
  return Math.max(asked, Math.round(backoffMs * (0.8 + 0.2 * chance)));
};

const TOLD = {
  opened: 'opened',
  happened: 'opened',
  acknowledged: 'acknowledged',
  reminder: 'opened',
  recovered: 'ended',
} as const satisfies Record<Occasion, AlertDelivery['told']>;

const changed = (alert: Alert, receiver: string, change: (delivery: AlertDelivery) => AlertDelivery): Alert => ({
  ...alert,
  deliveries: alert.deliveries.map((delivery) => (delivery.receiver === receiver ? change(delivery) : delivery)),
});

/** The alert with the word that this is being sent now. */
export const claimed = (item: Item, batch: string, nowMs: number): Alert => ({
  ...changed(item.alert, item.delivery.receiver, (delivery) => ({
    ...delivery,
    batch,
    claimedUntilMs: nowMs + CLAIM_MS,
  })),
  writtenAtMs: nowMs,
});

/** The alert as it is by now, with what came of sending an item of it. */
export const settledWith = (
  now: Alert,
  { alert, delivery, occasion }: Item,
  result: SendResult,
  { nowMs, chance }: { nowMs: number; chance: number },
): Alert => {
  const settle = (held: AlertDelivery): AlertDelivery => {
    const free = { ...held, claimedUntilMs: null };
    if (!result.ok) {
      const attempts = held.attempts + 1;
      return { ...free, attempts, error: result.reason, notBeforeMs: nowMs + waitMs(attempts, result, chance) };
    }
    // It was told that it is over, and meanwhile it has opened again: that is news.
    const isPast = now.openedAtMs !== alert.openedAtMs;
    const told = isPast && occasion === 'recovered' ? 'nothing' : TOLD[occasion];
    const reminders = held.reminders + (occasion === 'reminder' ? 1 : 0);
    return { ...free, told, toldAtMs: nowMs, reminders, attempts: 0, notBeforeMs: 0, batch: null, error: null };
  };
  return { ...changed(now, delivery.receiver, settle), writtenAtMs: nowMs };
};
