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
