import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';

/** How much it matters, from the least on. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export const Severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof Severity>;

/** What alerts are about and routes choose by; each is defined in a file of its own in controller/alerts/kinds/. */
export const ROUTED_EVENTS = [
  'rollback',
  'promotion',
  'abort',
  'inconclusive',
  'hold',
  'waiting',
  'gate-failed',
  'budget-used',
  'judge-behind',
  'coverage-lost',
  'regression',
  'dead-letters',
  'pipeline-silent',
] as const;

/** Those, and the one that somebody sends to try the receivers. */
export const AlertEvent = z.enum([...ROUTED_EVENTS, 'test']);
export type AlertEvent = z.infer<typeof AlertEvent>;

const text = z.string().nullable();
const figure = z.number().nullable();

/**
 * What somebody should know. Two facts of one `key` are one: at most one alert of it is open. `agent` is null for what concerns all of
 * them. `logE` and `logThreshold` are natural logs: evidence, and 1/α.
 */
export const AlertFact = z
  .object({
    key: z.string().min(1),
    event: AlertEvent,
    severity: Severity,
    agent: text,
    sinceMs: EpochMs,
    summary: z.string(),
    rollout: text,
    version: text,
    metric: text,
    slice: text,
    value: figure,
    threshold: figure,
    n: Int.nonnegative().nullable(),
    logE: figure,
    logThreshold: figure,
    /** Who did it, where a person did. */
    by: text,
  })
  .meta({ id: 'AlertFact' });
export type AlertFact = z.infer<typeof AlertFact>;

/** What one receiver was told of an alert, and how it goes with what it is still to be told. */
export const AlertDelivery = z
  .object({
    /** `document/receiver`. */
    receiver: z.string(),
    told: z.enum(['nothing', 'opened', 'acknowledged', 'ended']),
    toldAtMs: EpochMs.nullable(),
    /** Reminders told since it opened. */
    reminders: Int.nonnegative(),
    /** Failed attempts at what is due now. */
    attempts: Int.nonnegative(),
    /** It is not tried again before this. */
    notBeforeMs: EpochMs,
    /** What went out in one message at the last attempt is tried again in one. */
    batch: text,
    /** Why the last attempt failed. */
    error: text,
    /** A leader said that it is sending this now; until then no other one does. */
    claimedUntilMs: EpochMs.nullable(),
  })
  .meta({ id: 'AlertDelivery' });
export type AlertDelivery = z.infer<typeof AlertDelivery>;

const Acknowledgement = z.object({ by: z.string(), atMs: EpochMs }).meta({ id: 'AlertAcknowledgement' });

/** One alert. `happened`: a fact without an end, told once; the others open, and end when it is over. */
export const Alert = z
  .object({
    fact: AlertFact,
    state: z.enum(['open', 'recovered', 'happened']),
    openedAtMs: EpochMs,
    endedAtMs: EpochMs.nullable(),
    writtenAtMs: EpochMs,
    acknowledged: Acknowledgement.nullable(),
    deliveries: z.array(AlertDelivery),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof Alert>;

/** A fact that a controller alone can see, and whether it is over. */
const Raised = z.object({ fact: AlertFact, isOver: z.boolean() }).meta({ id: 'RaisedFact' });

/**
 * One record of `coalmine.alerts`; it holds one of the four. `id` is the record's own, by which its writer finds it again, and `by` the
 * controller that wrote it. `leader` says who sends from here on: alerts that another one writes behind it count for nothing.
 */
export const AlertRecord = z
  .object({
    id: z.string().min(1),
    by: z.string().min(1),
    timeMs: EpochMs,
    alert: Alert.nullable(),
    raised: Raised.nullable(),
    acknowledgement: z
      .object({ key: z.string(), openedAtMs: EpochMs, by: z.string() })
      .meta({ id: 'AcknowledgedAlert' })
      .nullable(),
    /** What happened before `sinceMs`, when alerts were first kept, is nobody's alert any more. */
    leader: z.object({ sinceMs: EpochMs }).meta({ id: 'AlertLeader' }).nullable(),
  })
  .meta({ id: 'AlertRecord' });
export type AlertRecord = z.infer<typeof AlertRecord>;

/** The latest record of a key is the one that counts. */
export const alertRecordKey = ({ alert, raised, acknowledgement }: AlertRecord): string => {
  if (alert !== null) return `alert|${alert.fact.key}`;
  if (raised !== null) return `raised|${raised.fact.key}`;
  return acknowledgement === null ? 'leader' : `acknowledgement|${acknowledgement.key}`;
};
