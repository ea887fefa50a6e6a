import { z } from 'zod';
import { Alert, AlertDelivery, AlertFact } from './alert.ts';
import type { Endpoint } from './endpoint.ts';
import { pageAsked } from './page.ts';

/** How it goes with telling one receiver. `given up`: it is over, and could not be told for three days. */
const DeliveryView = AlertDelivery.pick({
  receiver: true,
  told: true,
  toldAtMs: true,
  attempts: true,
  error: true,
}).extend({
  state: z.enum(['sent', 'pending', 'failing', 'given up']),
  /** When it is tried again; null where nothing is due. */
  nextAttemptMs: z.number().nullable(),
});

/** An alert as it stands. The fact's texts may be anybody's words: show them as text. */
const AlertView = z.object({
  ...AlertFact.shape,
  title: z.string(),
  state: Alert.shape.state,
  openedAtMs: Alert.shape.openedAtMs,
  endedAtMs: Alert.shape.endedAtMs,
  acknowledged: Alert.shape.acknowledged,
  deliveries: z.array(DeliveryView),
});
export type AlertView = z.infer<typeof AlertView>;

/** The part of the controller's HTTP API that is about alerts. */
export const ALERTS_API = {
  listAlerts: {
    role: 'view',
    method: 'GET',
    path: '/v1/alerts',
    does: 'alerts, open ones first, of each the newest first: what it is about with its figures, since when, and what each receiver was told. Those of the agents that the key is for, and those that are of no single agent. `next` is the `cursor` of the page behind, null at the end',
    query: z.strictObject({
      state: z.enum(['open', 'ended', 'all']).default('all'),
      agent: z.string().min(1).optional(),
      limit: pageAsked.limit,
      cursor: z.string().max(2_000).optional(),
    }),
    response: z.object({ alerts: z.array(AlertView), open: z.number(), next: z.string().nullable() }),
  },
  acknowledgeAlert: {
    role: 'operate',
    method: 'POST',
    path: '/v1/alerts/:key/acknowledge',
    does: 'somebody sees to it: no reminders any more, and receivers that know of it are told. 409 if it is not open',
    params: z.object({ key: z.string() }),
    response: AlertView,
  },
  testAlerting: {
    role: 'admin',
    method: 'POST',
    path: '/v1/alerting/:name/test',
    does: 'a test alert to every receiver of that Alerting document; how it went stands in the list of alerts, under the key that is answered',
    params: z.object({ name: z.string() }),
    response: z.object({ key: z.string(), receivers: z.array(z.string()) }),
  },
} as const satisfies Record<string, Endpoint>;
