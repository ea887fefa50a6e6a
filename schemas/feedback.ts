import { z } from 'zod';
import { EpochMs, Int, stamped, Tick } from './envelope.ts';

/** A person's own verdict on one metric of an exchange, in the metric's unit: what its judge is calibrated against. */
export const FeedbackLabel = z
  .object({
    metric: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'lower-case letters, digits and underscores'),
    value: z.number().min(0).max(1),
  })
  .meta({ id: 'FeedbackLabel' });
export type FeedbackLabel = z.infer<typeof FeedbackLabel>;

const MAX_LABELS = 16;

export const MAX_EVENTS = 16;

/** Something that came of an exchange: a conversion (value 1), revenue, any number. Windows sum it as `event_<name>`. */
export const FeedbackEvent = z
  .object({
    name: z.string().regex(/^[a-z][a-z0-9_]{0,47}$/, 'lower-case letters, digits and underscores, at most 48'),
    value: z.number().min(-1e6).max(1e6),
    /** How many of the name count of one exchange, by the agent's document; the first in the log do. */
    perExchange: Int.min(1).max(MAX_EVENTS).default(1),
  })
  .meta({ id: 'FeedbackEvent' });
export type FeedbackEvent = z.infer<typeof FeedbackEvent>;

const EventRequest = z.strictObject({
  name: FeedbackEvent.shape.name,
  value: FeedbackEvent.shape.value.nullish().transform((value) => value ?? 1),
});

/** A value of a metric that the agent's document declares, as windows name and sum it: scores from 0 to 1, rates 0 or 1. */
export const FeedbackScore = z.object({ metric: z.string().min(1), value: z.number() }).meta({ id: 'FeedbackScore' });
export type FeedbackScore = z.infer<typeof FeedbackScore>;

const MAX_SCORES = 16;
/** The same as a client gives it: by the declared name, on the declared scale. */
const ScoreRequest = z.strictObject({ metric: z.string().min(1).max(64), value: z.union([z.number(), z.boolean()]) });
export type ScoreRequest = z.infer<typeof ScoreRequest>;

/** What a client may say of an exchange: the body of `POST /v1/feedback`. Many clients write null for what they leave out. */
export const FeedbackRequest = z
  .strictObject({
    exchange_id: z.string().min(1).max(1024),
    thumbs: z.enum(['up', 'down']).nullish(),
    rating: z.number().min(1).max(5).nullish(),
    task_success: z.boolean().nullish(),
    tags: z.array(z.string().max(64)).max(16).nullish(),
    comment: z.string().max(4000).nullish(),
    labels: z
      .array(FeedbackLabel.strict())
      .min(1)
      .max(MAX_LABELS)
      .refine((labels) => new Set(labels.map(({ metric }) => metric)).size === labels.length, 'label a metric once')
      .nullish(),
    /** A name may stand there as often as the agent's document lets it count: each is an event. */
    events: z.array(EventRequest).min(1).max(MAX_EVENTS).nullish(),
    scores: z
      .array(ScoreRequest)
      .min(1)
      .max(MAX_SCORES)
      .refine((scores) => new Set(scores.map(({ metric }) => metric)).size === scores.length, 'score a metric once')
      .nullish(),
  })
  .refine(
    ({ exchange_id: _id, ...said }) => Object.values(said).some((value) => value !== undefined && value !== null),
    'give at least one of thumbs, rating, task_success, tags, comment, labels, events, scores',
  );
export type FeedbackRequest = z.infer<typeof FeedbackRequest>;

/** Feedback needs no join: everything but the client's words comes out of the signed exchange id. */
export const Feedback = z
  .object({
    feedbackId: z.string().min(1),
    exchangeId: z.string().min(1),
    agent: z.string().min(1),
    rollout: z.string(),
    routingSequence: Int.nonnegative(),
    version: z.string(),
    arm: z.string(),
    evidence: z.boolean(),
    subjectBucket: Int.nonnegative(),
    thumbs: z.enum(['up', 'down']).nullable(),
    rating: z.number().nullable(),
    taskSuccess: z.boolean().nullable(),
    tags: z.array(z.string()),
    comment: z.string().nullable(),
    labels: z.array(FeedbackLabel).default([]),
    events: z.array(FeedbackEvent).default([]),
    scores: z.array(FeedbackScore).default([]),
    exchangeAtMs: EpochMs,
    receivedAtMs: EpochMs,
  })
  .meta({ id: 'Feedback' });
export type Feedback = z.infer<typeof Feedback>;

export const FeedbackRecord = stamped(Feedback, Tick).meta({ id: 'FeedbackRecord' });
export type FeedbackRecord = z.infer<typeof FeedbackRecord>;
