import { messageOf } from '../../schemas/error-message.ts';
import type { Clock } from '../../platform/process/clock.ts';
import { createRunAgain } from '../../platform/process/run-again.ts';
import type { Alert } from '../../schemas/alert.ts';
import type { ControllerEvents } from '../events.ts';
import { type Alertings, type NamedReceiver, receiversOf } from './alerting.ts';
import type { AlertStore } from './alert-store.ts';
import { idOfAll, alertMessage } from './message.ts';
import {
  type Batch,
  CLAIM_MS,
  claimed,
  nextBatch,
  receiversWithNews,
  type SendResult,
  settledWith,
} from './plan-deliveries.ts';
import type { Outgoing } from './receivers/format.ts';
import { addressOf, outgoingTo } from './receivers/table.ts';
import { whyNoAddress } from './receiver-address.ts';

/** Makes one attempt. Never rejects. */
export type SendAlert = (outgoing: Outgoing) => Promise<SendResult>;

export type SendingDeps = {
  store: AlertStore;
  alertings: () => Alertings;
  clock: Clock;
  events: ControllerEvents;
  send: SendAlert;
  /** What the operator has under that name; undefined if nothing. May throw where its file can't be read. */
  secretOf: (name: string) => string | undefined;
  origins: readonly string[];
  publicUrl: string | null;
  /** Between 0 and 1. */
  chance: () => number;
  /** Whether this controller may send now. */
  leads: () => boolean;
  signal: AbortSignal;
};

export type Sending = {
  /** Looks at what is due, and sends it. */
  look(): void;
  idle(): Promise<void>;
};

/** An attempt ends before this (see `send.io.ts`); with less left of its claim nothing is begun. */
const ATTEMPT_MS = 15_000;

/** That of the attempt before, where there was one. */
const batchIdOf = ({ items }: Batch): string =>
  items[0]?.delivery.batch ??
  idOfAll(items.map(({ alert, occasion, delivery }) => alertMessage(alert, occasion, delivery.reminders + 1, null)));

const refused = (reason: string): SendResult => ({ ok: false, reason, isOurs: true, retryAfterMs: null });

/**
 * Sends what is due, each receiver in a lane of its own, so that a slow one holds up nobody else. Before a message goes out, the log says
 * that it is being sent, and by whom; after that, what came of it.
 */
export const createSending = (deps: SendingDeps): Sending => {
  const { store, alertings, clock, events, send, signal } = deps;
  const lastMs = new Map<string, number>();

  const outgoing = ({ receiver: { receiver }, items }: Batch, nowMs: number): Outgoing | SendResult => {
    try {
      const name = 'secret' in receiver ? receiver.secret : null;
      const secret = name === null ? '' : deps.secretOf(name);
      if (secret === undefined) return refused(`the operator has no secret ${name} (CONTROLLER_ALERT_SECRETS)`);
      const problem = whyNoAddress(addressOf(receiver, secret), deps.origins);
      if (problem !== null) return refused(problem);
      const messages = items.map(({ alert, delivery, occasion }) =>
        alertMessage(alert, occasion, delivery.reminders + 1, deps.publicUrl),
      );
      return outgoingTo(receiver, messages, { secret, nowMs });
    } catch (error) {
      return refused(messageOf(error));
    }
  };

  /** Says in the log that a batch is being sent; null where there is none, or somebody else leads by then. */
  const claim = async (receiver: NamedReceiver): Promise<Batch | null> => {
    const nowMs = clock.nowMs();
    const found: Batch[] = [];
    const plan = (content: AlertStore['content']): Alert[] => {
      const batch = nextBatch(content, receiver, { nowMs, lastMs: lastMs.get(receiver.id) ?? 0 });
      if (batch === null) return [];
      found.push(batch);
      return batch.items.map((item) => claimed(item, batchIdOf(batch), nowMs));
    };
    await store.change(plan, signal);
    const isInTime = clock.nowMs() < nowMs + CLAIM_MS - ATTEMPT_MS;
    return deps.leads() && isInTime ? (found[0] ?? null) : null;
  };

  const settle = async ({ receiver, items }: Batch, result: SendResult): Promise<void> => {
    const at = { nowMs: clock.nowMs(), chance: deps.chance() };
    const plan = ({ alerts }: AlertStore['content']): Alert[] =>
      items.flatMap((item) => {
        const now = alerts.get(item.alert.fact.key);
        return now === undefined ? [] : [settledWith(now, item, result, at)];
      });
    await store.change(plan, signal);
    events.alertSent(receiver.id, receiver.receiver.type, items.length, result);
  };

  const sendOnce = async (id: string): Promise<void> => {
    const receiver = receiversOf(alertings()).get(id);
    if (receiver === undefined || !deps.leads()) return;
    try {
      const batch = await claim(receiver);
      if (batch === null) return;
      lastMs.set(id, clock.nowMs());
      const made = outgoing(batch, clock.nowMs());
      await settle(batch, 'ok' in made ? made : await send(made));
    } catch (error) {
      if (!signal.aborted) events.alertingFailed(error);
    }
  };

  const lanes = createRunAgain<string>(sendOnce, () => signal.aborted);
  return {
    look: () => {
      if (!deps.leads()) return;
      for (const id of receiversWithNews(store.content, receiversOf(alertings()), clock.nowMs())) lanes.ask(id);
    },
    idle: () => lanes.idle(),
  };
};
