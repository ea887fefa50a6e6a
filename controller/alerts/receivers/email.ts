import { htmlText } from '../../html-text.ts';
import type { Receiver } from '../../../schemas/alerting.ts';
import { type AlertMessage, cut, idOfAll, oneLine } from '../message.ts';
import { type Format, headOf } from './format.ts';

type Email = Extract<Receiver, { type: 'email' }>;

const MOST_SUBJECT = 200;
const MOST_TEXT = 4_000;

const plain = (text: string): string => cut(oneLine(text), MOST_TEXT);

const textOf = ({ title, summary, fields, link }: AlertMessage): string =>
  [
    plain(title),
    plain(summary),
    '',
    ...fields.map(({ label, value }) => `${label}: ${plain(value)}`),
    ...(link === null ? [] : ['', link]),
  ].join('\n');

const htmlOf = ({ title, summary, fields, link }: AlertMessage): string => {
  const rows = fields.map(
    ({ label, value }) => `<tr><td style="padding-right:1em">${label}</td><td>${htmlText(plain(value))}</td></tr>`,
  );
  const more = link === null ? '' : `<p><a href="${htmlText(link)}">Open</a></p>`;
  return `<h3>${htmlText(plain(title))}</h3><p>${htmlText(plain(summary))}</p><table>${rows.join('')}</table>${more}`;
};

/** Plain text and HTML. Its Message-ID is of what it says, so that a mail that came twice is one to most readers of mail. */
export const email: Format<Email> = {
  groups: true,
  reminds: true,
  acknowledges: false,
  addressOf: () => null,
  outgoing: ({ to }, messages) => ({
    kind: 'mail',
    to,
    subject: cut(oneLine(`[coalmine] ${headOf(messages)}`), MOST_SUBJECT),
    text: messages.map(textOf).join('\n\n---\n\n'),
    html: messages.map(htmlOf).join('<hr>'),
    messageId: `<${idOfAll(messages)}@coalmine>`,
  }),
};
