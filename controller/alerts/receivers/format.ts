import type { Receiver } from '../../../schemas/alerting.ts';
import type { AlertMessage } from '../message.ts';

export type HttpRequest = { kind: 'http'; url: string; headers: Readonly<Record<string, string>>; body: string };
export type Mail = {
  kind: 'mail';
  to: readonly string[];
  subject: string;
  text: string;
  html: string;
  /** The same at each attempt. */
  messageId: string;
};
export type Outgoing = HttpRequest | Mail;

export type FormatContext = {
  /** What the operator has under the receiver's name for it; '' where it takes none. */
  secret: string;
  nowMs: number;
};

/** How one type of receiver is spoken to. */
export type Format<R extends Receiver = Receiver> = {
  /** Whether several alerts go into one message, and there is a pause between messages; else each goes by itself. */
  groups: boolean;
  /** Whether what stays open is told again. Services that escalate by themselves need no reminder. */
  reminds: boolean;
  /** Whether it is told that somebody sees to it. */
  acknowledges: boolean;
  /** Where it leads to: what the operator must allow. Throws where the secret should be an address and is none. */
  addressOf: (receiver: R, secret: string) => string | null;
  /** What is sent, of one message at least; of a format that does not group, of one. */
  outgoing: (receiver: R, messages: readonly AlertMessage[], context: FormatContext) => Outgoing;
};

export const JSON_HEADERS = { 'content-type': 'application/json', 'user-agent': 'coalmine-controller' } as const;

/** The address that a secret is. Never says the secret. */
export const addressIn = (secret: string): string => {
  if (!URL.canParse(secret)) throw new Error('its secret is no address');
  return secret;
};

export const headOf = (messages: readonly AlertMessage[]): string =>
  messages.length === 1 ? messages[0]!.title : `${messages.length} alerts: ${messages[0]!.title}, …`;

/**
 * The first of some forms, from the fullest on, whose JSON has at most so many characters; else the last one, which its own limits must keep
 * short enough: who is told of many alerts at once is told of each.
 */
export const fitting = <T>(forms: readonly (() => T)[], mostChars: number): T => {
  for (const form of forms.slice(0, -1)) {
    const made = form();
    if (JSON.stringify(made).length <= mostChars) return made;
  }
  return forms.at(-1)!();
};
