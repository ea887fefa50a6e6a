import { z } from 'zod';
import { ROUTED_EVENTS, Severity } from './alert.ts';
import { Duration } from './duration.ts';
import { PlainUrl } from './plain-url.ts';
import { Name } from './routing-view.ts';

/** Of each document; a route that is never reached is one that somebody counts on. */
const MAX_RECEIVERS = 50;
const MAX_ROUTES = 200;
const MAX_MATCHED = 200;
const MAX_ADDRESSES = 50;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A secret by the name that the operator gave it (CONTROLLER_ALERT_SECRETS); no document holds one. */
const SecretName = Name;
/** One address alone: what begins another header, a list or a display name has no place in it. */
const MailAddress = z.email().max(254);

const named = { name: Name };

const Receiver = z.discriminatedUnion('type', [
  /** The secret is the whole address of an incoming webhook. */
  z.strictObject({ ...named, type: z.literal('slack'), secret: SecretName }),
  /** The same of a workflow that begins with a webhook request. */
  z.strictObject({ ...named, type: z.literal('teams'), secret: SecretName }),
  /** The secret is the integration key of an Events API v2 integration. */
  z.strictObject({
    ...named,
    type: z.literal('pagerduty'),
    secret: SecretName,
    url: PlainUrl.default('https://events.pagerduty.com/v2/enqueue'),
  }),
  /** The secret is the key of an API integration; in Europe the address is https://api.eu.opsgenie.com. */
  z.strictObject({
    ...named,
    type: z.literal('opsgenie'),
    secret: SecretName,
    url: PlainUrl.default('https://api.opsgenie.com'),
  }),
  /** By the operator's SMTP server. */
  z.strictObject({ ...named, type: z.literal('email'), to: z.array(MailAddress).min(1).max(MAX_ADDRESSES) }),
  /** The secret signs what is sent. */
  z.strictObject({ ...named, type: z.literal('webhook'), url: PlainUrl, secret: SecretName }),
]);
export type Receiver = z.infer<typeof Receiver>;
export type ReceiverType = Receiver['type'];

/** What is left out matches everything. What concerns no single agent is matched only where `agents` is left out. */
const RouteMatch = z.strictObject({
  agents: z.array(Name).min(1).max(MAX_MATCHED).optional(),
  severities: z.array(Severity).min(1).optional(),
  events: z.array(z.enum(ROUTED_EVENTS)).min(1).optional(),
});

const Route = z.strictObject({
  match: RouteMatch.default({}),
  receiver: Name,
  /** Whether the routes behind it are tried as well. */
  continue: z.boolean().default(false),
  /** Whether the receiver is told when it is over. */
  recovery: z.boolean().default(true),
});
export type Route = z.infer<typeof Route>;

const isUnique = (values: readonly string[]): boolean => new Set(values).size === values.length;

/** Who is told what. Each team may have one of its own; without any, alerts are kept and shown, and nobody is told. */
export const AlertingDocument = z.strictObject({
  apiVersion: z.literal('coalmine/v1'),
  kind: z.literal('Alerting'),
  metadata: z.strictObject({ name: Name }),
  spec: z
    .strictObject({
      receivers: z
        .array(Receiver)
        .max(MAX_RECEIVERS)
        .refine((receivers) => isUnique(receivers.map(({ name }) => name)), 'has two receivers of one name'),
      /** The first that matches wins, and with `continue` those behind it, too. */
      routes: z.array(Route).max(MAX_ROUTES),
      /** A rollout that is on HOLD is told of after this. */
      holdLongerThan: Duration.default(30 * MINUTE_MS),
      /** What stays open and nobody has acknowledged is told again after this. */
      repeatEvery: Duration.refine((ms) => ms >= MINUTE_MS, 'is shorter than a minute').default(4 * HOUR_MS),
    })
    .check(({ value: { receivers, routes }, issues }) => {
      const names = new Set(receivers.map(({ name }) => name));
      for (const [i, { receiver }] of routes.entries())
        if (!names.has(receiver))
          issues.push({
            code: 'custom',
            path: ['routes', i, 'receiver'],
            message: `names no receiver of this document; there are ${[...names].join(', ') || 'none'}`,
            input: receiver,
          });
    }),
});
export type AlertingDocument = z.infer<typeof AlertingDocument>;
