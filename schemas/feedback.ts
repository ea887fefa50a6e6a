import { z } from 'zod';
import { EpochMs, Int, stamped, Tick } from './envelope.ts';

/** What a client may say of an exchange: the body of `POST /v1/feedback`. */
export const FeedbackRequest = z
  .strictObject({
    exchange_id: z.string().min(1).max(1024),
    thumbs: z.enum(['up', 'down']).optional(),
    rating: z.number().min(1).max(5).optional(),
    task_success: z.boolean().optional(),
    tags: z.array(z.string().max(64)).max(16).optional(),
    comment: z.string().max(4000).optional(),
  })
  .refine((f) => Object.keys(f).length > 1, 'give at least one of thumbs, rating, task_success, tags, comment');
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
    exchangeAtMs: EpochMs,
    receivedAtMs: EpochMs,
  })
  .meta({ id: 'Feedback' });
export type Feedback = z.infer<typeof Feedback>;

export const FeedbackRecord = stamped(Feedback, Tick).meta({ id: 'FeedbackRecord' });
export type FeedbackRecord = z.infer<typeof FeedbackRecord>;
