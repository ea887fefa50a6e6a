import { z } from 'zod';
import { Outcome } from '../../schemas/exchange.ts';

/** What a target answered to one question, as it is kept. */
export const Reply = z.object({
  /** 0 where nothing came at all. */
  status: z.int(),
  outcome: Outcome,
  /** Null where whoever recorded it took no time. */
  latencyMs: z.number().nonnegative().nullable(),
  firstByteMs: z.number().nonnegative().nullable(),
  contentType: z.string(),
  body: z.string(),
  /** Longer than what is kept of an answer. */
  isCut: z.boolean().default(false),
  /** Which version the target says that it is, '' where it says nothing. */
  version: z.string().default(''),
  /** How often it was asked until this came. */
  attempts: z.int().min(1).default(1),
  /** Why there is no whole answer, in words; '' where there is one. */
  reason: z.string().default(''),
});
export type Reply = z.infer<typeof Reply>;

/** A reply, or why there is none that would say anything of the target: it was never recorded, say. */
export type Answered = Reply | { missing: string };

export const isReply = (answered: Answered): answered is Reply => !('missing' in answered);
