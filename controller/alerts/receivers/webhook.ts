import { createHmac } from 'node:crypto';
import type { Receiver } from '../../../schemas/alerting.ts';
import { type AlertMessage, cut, idOfAll } from '../message.ts';
import { type Format, JSON_HEADERS } from './format.ts';

type Webhook = Extract<Receiver, { type: 'webhook' }>;

/** A body of twenty alerts has 256 KB at most. */
const MOST_TEXT = 4_000;

const alertOf = ({ id, occasion, alert, title, summary, link }: AlertMessage): object => ({
  id,
  occasion,
  title: cut(title, MOST_TEXT),
  ...alert.fact,
  summary: cut(summary, MOST_TEXT),
  state: alert.state,
  openedAtMs: alert.openedAtMs,
  endedAtMs: alert.endedAtMs,
  acknowledged: alert.acknowledged,
  link,
});

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 of `<seconds>.<body>` with the receiver's secret. */
export const signatureOf = (secret: string, timeMs: number, body: string): string => {
  const seconds = Math.floor(timeMs / 1_000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
};

/** JSON, signed. `Idempotency-Key` is the same at each attempt, as is the `id` of each alert. */
export const webhook: Format<Webhook> = {
  groups: true,
  reminds: true,
  acknowledges: true,
  addressOf: ({ url }) => url,
  outgoing: ({ url }, messages, { secret, nowMs }) => {
    const body = JSON.stringify({ type: 'coalmine.alerts', version: 1, alerts: messages.map(alertOf) });
    return {
      kind: 'http',
      url,
      headers: {
        ...JSON_HEADERS,
        'idempotency-key': idOfAll(messages),
        'x-coalmine-signature': signatureOf(secret, nowMs, body),
      },
      body,
    };
  },
};
