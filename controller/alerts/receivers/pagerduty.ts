import { createHash } from 'node:crypto';
import type { Receiver } from '../../../schemas/alerting.ts';
import { type AlertMessage, cut, isoTime, type Occasion, oneLine } from '../message.ts';
import { type Format, JSON_HEADERS } from './format.ts';

type PagerDuty = Extract<Receiver, { type: 'pagerduty' }>;

/** Of the Events API v2: 255 characters of dedup_key, 1,024 of summary, 512 KB in all. */
const MOST_KEY = 255;
const MOST_SUMMARY = 1_024;
const MOST_DETAIL = 4_000;

const ACTIONS = {
  opened: 'trigger',
  happened: 'trigger',
  reminder: 'trigger',
  acknowledged: 'acknowledge',
  recovered: 'resolve',
} as const satisfies Record<Occasion, string>;

/** The alert's key, or its hash where it is too long. */
export const dedupKey = (key: string): string =>
  key.length <= MOST_KEY ? key : createHash('sha256').update(key).digest('hex');

const payloadOf = ({ alert: { fact }, title, summary, fields }: AlertMessage): object => ({
  summary: cut(oneLine(`${title}: ${summary}`), MOST_SUMMARY),
  source: fact.agent ?? 'coalmine',
  severity: fact.severity,
  timestamp: isoTime(fact.sinceMs),
  component: fact.version ?? undefined,
  group: fact.rollout ?? undefined,
  class: fact.event,
  custom_details: Object.fromEntries([
    ['Summary', cut(summary, MOST_DETAIL)],
    ...fields.map(({ label, value }) => [label, cut(value, MOST_DETAIL)]),
  ]),
});

/** Events API v2. https://developer.pagerduty.com/docs/events-api-v2-overview */
export const pagerduty: Format<PagerDuty> = {
  groups: false,
  reminds: false,
  acknowledges: true,
  addressOf: ({ url }) => url,
  outgoing: ({ url }, messages, { secret }) => {
    const message = messages[0]!;
    const action = ACTIONS[message.occasion];
    return {
      kind: 'http',
      url,
      headers: JSON_HEADERS,
      body: JSON.stringify({
        routing_key: secret,
        event_action: action,
        dedup_key: dedupKey(message.alert.fact.key),
        ...(action === 'trigger' && {
          client: 'coalmine',
          ...(message.link !== null && { client_url: message.link, links: [{ href: message.link, text: 'Open' }] }),
          payload: payloadOf(message),
        }),
      }),
    };
  },
};
