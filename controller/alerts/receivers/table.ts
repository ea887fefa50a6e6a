import type { Receiver, ReceiverType } from '../../../schemas/alerting.ts';
import type { AlertMessage } from '../message.ts';
import { email } from './email.ts';
import type { Format, FormatContext, Outgoing } from './format.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

/** How each type of receiver is spoken to; one without its format does not compile. */
export const FORMATS: { readonly [T in ReceiverType]: Format<Extract<Receiver, { type: T }>> } = {
  slack,
  teams,
  pagerduty,
  opsgenie,
  email,
  webhook,
};

const formatOf = (receiver: Receiver): Format => FORMATS[receiver.type] as unknown as Format;

export const addressOf = (receiver: Receiver, secret: string): string | null =>
  formatOf(receiver).addressOf(receiver, secret);

export const outgoingTo = (receiver: Receiver, messages: readonly AlertMessage[], context: FormatContext): Outgoing =>
  formatOf(receiver).outgoing(receiver, messages, context);
