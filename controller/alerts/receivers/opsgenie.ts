import { createHash } from 'node:crypto';
import type { Receiver } from '../../../schemas/alerting.ts';
import type { Severity } from '../../../schemas/alert.ts';
import { type AlertMessage, cut, oneLine } from '../message.ts';
import { type Format, JSON_HEADERS } from './format.ts';

type Opsgenie = Extract<Receiver, { type: 'opsgenie' }>;

/** Of the Alert API: 130 characters of message, 512 of alias and entity, 15,000 of description, 100 of source, 8,000 of all details, 25,000 of a note. */
const MOST = { message: 130, alias: 512, description: 15_000, name: 100, detail: 300, note: 1_000 } as const;

const PRIORITIES: Readonly<Record<Severity, string>> = { critical: 'P1', warning: 'P3', info: 'P5' };

/** The alert's key, or its hash where it is too long. */
const aliasOf = (key: string): string =>
  key.length <= MOST.alias ? key : createHash('sha256').update(key).digest('hex');

/** Opsgenie shows HTML in a message: with these instead of angle brackets, nothing of anybody's is any. */
const plain = (text: string, most: number): string =>
  cut(text.replaceAll('<', '\u2039').replaceAll('>', '\u203A'), most);

const createBody = ({ alert: { fact }, title, summary, fields, link }: AlertMessage, alias: string): object => ({
  message: plain(oneLine(title), MOST.message),
  alias,
  description: plain(link === null ? summary : `${summary}\n\n${link}`, MOST.description),
  source: 'coalmine',
  entity: plain(fact.agent ?? 'coalmine', MOST.name),
  priority: PRIORITIES[fact.severity],
  tags: ['coalmine', fact.event],
  details: Object.fromEntries(fields.map(({ label, value }) => [label, plain(value, MOST.detail)])),
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
      body: JSON.stringify({ source: 'coalmine', note: plain(oneLine(message.title), MOST.note) }),
    };
  },
};
