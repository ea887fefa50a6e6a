import type { Receiver } from '../../../schemas/alerting.ts';
import { type AlertMessage, cut, oneLine } from '../message.ts';
import { addressIn, type Format, headOf, JSON_HEADERS } from './format.ts';

type Teams = Extract<Receiver, { type: 'teams' }>;

/** A message to a workflow has 28 KB at most; twenty alerts of this fit. */
const TITLE = 150;
const SUMMARY = 400;
const VALUE = 60;
const FACTS = 9;

/** A TextBlock reads a part of Markdown: with these escaped, nothing of anybody's is a link or bold. */
const plain = (text: string, most: number): string =>
  cut(oneLine(text), most).replaceAll(/[\\*_~`[\]()#>!|]/g, (mark) => `\\${mark}`);

const COLORS = { critical: 'attention', warning: 'warning', info: 'accent' } as const;

const itemsOf = ({ title, summary, fields, link, occasion, alert }: AlertMessage): object[] => [
  {
    type: 'TextBlock',
    text: plain(title, TITLE),
    weight: 'bolder',
    wrap: true,
    color: occasion === 'recovered' ? 'good' : COLORS[alert.fact.severity],
    separator: true,
  },
  { type: 'TextBlock', text: plain(summary, SUMMARY), wrap: true },
  {
    type: 'FactSet',
    facts: fields.slice(0, FACTS).map(({ label, value }) => ({ title: label, value: plain(value, VALUE) })),
  },
  ...(link === null ? [] : [{ type: 'ActionSet', actions: [{ type: 'Action.OpenUrl', title: 'Open', url: link }] }]),
];

/** An Adaptive Card to a workflow that begins with a webhook request. https://adaptivecards.io/explorer/ */
export const teams: Format<Teams> = {
  groups: true,
  reminds: true,
  acknowledges: false,
  addressOf: (_, secret) => addressIn(secret),
  outgoing: (_, messages, { secret }) => ({
    kind: 'http',
    url: addressIn(secret),
    headers: JSON_HEADERS,
    body: JSON.stringify({
      type: 'message',
      summary: cut(oneLine(headOf(messages)), TITLE),
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.4',
            msteams: { width: 'Full' },
            body: messages.flatMap(itemsOf),
          },
        },
      ],
    }),
  }),
};
