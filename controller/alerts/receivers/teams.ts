import type { Receiver } from '../../../schemas/alerting.ts';
import { type AlertMessage, cut, oneLine } from '../message.ts';
import { addressIn, fitting, type Format, headOf, JSON_HEADERS } from './format.ts';

type Teams = Extract<Receiver, { type: 'teams' }>;

/** What a workflow posts has about 28 KB at most, and Teams counts two bytes a character. */
const MOST_CHARS = 13_000;
/** Characters before they are escaped, which makes at most three of one in JSON. */
const TITLE = 150;
const TITLE_ALONE = 100;
const SUMMARY = 400;
const VALUE = 60;
const FACTS = 9;

/** A TextBlock reads a part of Markdown: with these escaped, nothing of anybody's is a link or bold. */
const plain = (text: string, most: number): string =>
  cut(oneLine(text), most).replaceAll(/[\\*_~`[\]()#>!|]/g, (mark) => `\\${mark}`);

const COLORS = { critical: 'attention', warning: 'warning', info: 'accent' } as const;

const titleItem = ({ title, occasion, alert }: AlertMessage, most: number): object => ({
  type: 'TextBlock',
  text: plain(title, most),
  weight: 'bolder',
  wrap: true,
  color: occasion === 'recovered' ? 'good' : COLORS[alert.fact.severity],
  separator: true,
});

const itemsOf = (message: AlertMessage, facts: readonly object[]): object[] => [
  titleItem(message, TITLE),
  { type: 'TextBlock', text: plain(message.summary, SUMMARY), wrap: true },
  ...facts,
  ...(message.link === null
    ? []
    : [{ type: 'ActionSet', actions: [{ type: 'Action.OpenUrl', title: 'Open', url: message.link }] }]),
];

const factSet = ({ fields }: AlertMessage): object => ({
  type: 'FactSet',
  facts: fields.slice(0, FACTS).map(({ label, value }) => ({ title: label, value: plain(value, VALUE) })),
});

const cardOf = (messages: readonly AlertMessage[], body: readonly object[]): object => ({
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
        body,
      },
    },
  ],
});

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
    body: JSON.stringify(
      fitting(
        [
          () => messages.flatMap((message) => itemsOf(message, [factSet(message)])),
          () => messages.flatMap((message) => itemsOf(message, [])),
          () => messages.map((message) => titleItem(message, TITLE_ALONE)),
        ].map((body) => () => cardOf(messages, body())),
        MOST_CHARS,
      ),
    ),
  }),
};
