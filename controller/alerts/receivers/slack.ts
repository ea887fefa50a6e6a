import type { Receiver } from '../../../schemas/alerting.ts';
import type { Severity } from '../../../schemas/alert.ts';
import { type AlertMessage, cut, oneLine } from '../message.ts';
import { addressIn, fitting, type Format, headOf, JSON_HEADERS } from './format.ts';

type Slack = Extract<Receiver, { type: 'slack' }>;

/** Slack takes ten fields a section, and fifty blocks; each alert here has two. */
const MOST_FIELDS = 10;
/** Characters before they are escaped, which makes at most five of one: a section may have 3,000, a field 2,000. */
const MOST = { title: 120, summary: 400, value: 350, titleAlone: 60 } as const;
/** All blocks together have a limit, too, that Slack does not name: 12,000 characters of text less a buffer (slackapi/bolt-js#2509, #2867). */
const MOST_OF_BLOCKS = 10_000;

/** The three that Slack asks to escape; so nothing of anybody's can be a link, a mention or a date. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
/** Nothing of anybody's is bold, struck or code either: an invisible mark stands before what would be. */
const plain = (text: string, most: number): string =>
  escaped(cut(oneLine(text), most)).replaceAll(/[*_~`]/g, (mark) => `\u200B${mark}`);

const SIGNS: Readonly<Record<Severity, string>> = {
  critical: ':red_circle:',
  warning: ':large_orange_circle:',
  info: ':large_blue_circle:',
};

const signOf = ({ occasion, alert }: AlertMessage): string =>
  occasion === 'recovered' ? ':white_check_mark:' : SIGNS[alert.fact.severity];

const blocksOf = (message: AlertMessage, fields: AlertMessage['fields']): object[] => {
  const { title, summary, link } = message;
  const name = plain(title, MOST.title);
  const linked = link === null ? `*${name}*` : `<${escaped(link).replaceAll('|', '%7C')}|*${name}*>`;
  return [
    {
      type: 'section',
      text: { type: 'mrkdwn', text: `${signOf(message)} ${linked}\n${plain(summary, MOST.summary)}`, verbatim: true },
      ...(fields.length > 0 && {
        fields: fields.slice(0, MOST_FIELDS).map(({ label, value }) => ({
          type: 'mrkdwn',
          text: `*${label}*\n${plain(value, MOST.value)}`,
          verbatim: true,
        })),
      }),
    },
    { type: 'divider' },
  ];
};

const titleBlock = (message: AlertMessage): object => ({
  type: 'section',
  text: { type: 'mrkdwn', text: `${signOf(message)} *${plain(message.title, MOST.titleAlone)}*`, verbatim: true },
});

/** An incoming webhook: blocks, and a text for notifications. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const slack: Format<Slack> = {
  groups: true,
  reminds: true,
  acknowledges: false,
  addressOf: (_, secret) => addressIn(secret),
  outgoing: (_, messages, { secret }) => ({
    kind: 'http',
    url: addressIn(secret),
    headers: JSON_HEADERS,
    body: JSON.stringify({
      text: plain(headOf(messages), MOST.summary),
      blocks: fitting(
        [
          () => messages.flatMap((message) => blocksOf(message, message.fields)),
          () => messages.flatMap((message) => blocksOf(message, [])),
          () => messages.map(titleBlock),
        ],
        MOST_OF_BLOCKS,
      ),
    }),
  }),
};
