import { createHash } from 'node:crypto';
import type { Receiver } from '../../../schemas/alerting.ts';
import type { Severity } from '../../../schemas/alert.ts';
import { type AlertMessage, cut, oneLine } from '../message.ts';
import { type Format, JSON_HEADERS } from './format.ts';

type Opsgenie = Extract<Receiver, { type: 'opsgenie' }>;

/** Of the Alert API: 130 characters of message, 512 of alias, 15,000 of description, 100 of source and entity, 25,000 of a note. */
const MOST = { message: 130, alias: 512, description: 15_000, name: 100, detail: 300, note: 1_000 } as const;

const PRIORITIES: Readonly<Record<Severity, string>> = { critical: 'P1', warning: 'P3', info: 'P5' };

/** The alert's key, or its hash where it is too long. */
const aliasOf = (key: string): string =>
  key.length <= MOST.alias ? key : createHash('sha256').update(key).digest('hex');

const createBody = ({ alert: { fact }, title, summary, fields, link }: AlertMessage, alias: string): object => ({
  message: cut(oneLine(title), MOST.message),
  alias,
  description: cut(link === null ? summary : `${summary}\n\n${link}`, MOST.description),
  source: 'coalmine',
  entity: cut(fact.agent ?? 'coalmine', MOST.name),
  priority: PRIORITIES[fact.severity],
  tags: ['coalmine', fact.event],
  details: Object.fromEntries(fields.map(({ label, value }) => [label, cut(value, MOST.detail)])),
});

/** The Alert API: create, acknowledge and close by alias. https://docs.opsgenie.com/docs/alert-api */
export const opsgenie: Format<Opsgenie> = {
  groups: false,
  reminds: false,
  acknowledges: true,
  addressOf: ({ url }) => url,
  outgoing: ({ url }, messages, { secret }) => {
    const message = messages[0]!;
    const alias = aliasOf(message.alert.fact.key);
    const root = `${url.replace(/\/+$/, '')}/v2/alerts`;
    const headers = { ...JSON_HEADERS, authorization: `GenieKey ${secret}` };
    if (message.occasion !== 'recovered' && message.occasion !== 'acknowledged')
      return { kind: 'http', url: root, headers, body: JSON.stringify(createBody(message, alias)) };
    const action = message.occasion === 'recovered' ? 'close' : 'acknowledge';
    return {
      kind: 'http',
      url: `${root}/${encodeURIComponent(alias)}/${action}?identifierType=alias`,
      headers,
      body: JSON.stringify({ source: 'coalmine', note: cut(oneLine(message.title), MOST.note) }),
    };
  },
};
