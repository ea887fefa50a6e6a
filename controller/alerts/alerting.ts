import { messageOf } from '../../schemas/error-message.ts';
import type { Alert, AlertFact } from '../../schemas/alert.ts';
import { AlertingDocument, type Receiver, type Route } from '../../schemas/alerting.ts';
import type { RegistryEntry } from '../../schemas/registry-entry.ts';
import { ALERT_KINDS } from './kinds/table.ts';

export const ALERTING_KIND = 'Alerting';

/** An Alerting document as it was applied last. */
export type Applied = { document: AlertingDocument; text: string; by: string; timeMs: number };
export type Alertings = ReadonlyMap<string, Applied>;

/** A receiver of a document, under `document/receiver`. */
export type NamedReceiver = { id: string; receiver: Receiver; of: Applied };

/** Takes a registry's entry; of another kind it is left to others, and one that can't be read changes nothing. `problem` says why. */
export const takeAlerting = (held: Map<string, Applied>, entry: RegistryEntry): { problem: string | null } => {
  if (entry.kind !== ALERTING_KIND) return { problem: null };
  try {
    const stored: unknown = JSON.parse(entry.document);
    const document = AlertingDocument.parse(stored);
    held.set(entry.name, { document, text: entry.document, by: entry.by, timeMs: entry.timeMs });
    return { problem: null };
  } catch (error) {
    return { problem: messageOf(error) };
  }
};

export const receiverId = (document: string, receiver: string): string => `${document}/${receiver}`;

export const receiversOf = (alertings: Alertings): Map<string, NamedReceiver> =>
  new Map(
    [...alertings.values()].flatMap((of) =>
      of.document.spec.receivers.map((receiver) => {
        const id = receiverId(of.document.metadata.name, receiver.name);
        return [id, { id, receiver, of }] as const;
      }),
    ),
  );

/** Without any document, as if there were one that says nothing. */
const DEFAULT_SPEC = AlertingDocument.shape.spec.parse({ receivers: [], routes: [] });

/** How long a fact has lasted; whoever saw it may have a clock that is ahead. */
export const lastedMs = ({ sinceMs }: AlertFact, nowMs: number): number => Math.max(0, nowMs - sinceMs);

/** How long a fact lasts before an alert of it opens: as soon as one document wants to know. */
export const opensAfterMs = (fact: AlertFact, alertings: Alertings): number => {
  const { opensAfterMs: after } = ALERT_KINDS[fact.event];
  if (after === undefined) return 0;
  const specs = alertings.size === 0 ? [DEFAULT_SPEC] : [...alertings.values()].map(({ document }) => document.spec);
  return Math.min(...specs.map(after));
};

const matches = ({ match: { agents, severities, events } }: Route, { event, severity, agent }: AlertFact): boolean =>
  event !== 'test' &&
  (agents === undefined || (agent !== null && agents.includes(agent))) &&
  (severities === undefined || severities.includes(severity)) &&
  (events === undefined || events.includes(event));

/** The routes of a document that an alert takes. */
export const routesOf = ({ document: { spec } }: Applied, fact: AlertFact): Route[] => {
  const taken: Route[] = [];
  for (const route of spec.routes) {
    if (!matches(route, fact)) continue;
    taken.push(route);
    if (!route.continue) break;
  }
  return taken;
};

const TRIAL = 'test|';
/** The key of a test alert says whose receivers it is for. */
export const trialKey = (document: string, timeMs: number): string => `${TRIAL}${document}|${timeMs}`;
const trialOf = (key: string): string | undefined => (key.startsWith(TRIAL) ? key.split('|')[1] : undefined);

/** Who is to be told of an alert by now. */
export const targetsOf = ({ fact }: Pick<Alert, 'fact'>, alertings: Alertings, nowMs: number): string[] => {
  const ids = [...alertings.values()].flatMap((applied) => {
    const { name } = applied.document.metadata;
    if (fact.event === 'test')
      return trialOf(fact.key) === name ? applied.document.spec.receivers.map((r) => receiverId(name, r.name)) : [];
    const afterMs = ALERT_KINDS[fact.event].opensAfterMs?.(applied.document.spec) ?? 0;
    if (lastedMs(fact, nowMs) < afterMs) return [];
    return routesOf(applied, fact).map(({ receiver }) => receiverId(name, receiver));
  });
  return [...new Set(ids)];
};
