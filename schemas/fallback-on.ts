import { z } from 'zod';
import { Int } from './envelope.ts';

/** A 4xx of a version that another one may better; with `retryAfter` only if it says when to try again. */
export const FallbackStatus = z
  .object({ status: Int, retryAfter: z.boolean().default(false) })
  .meta({ id: 'FallbackStatus' });
type Statuses = z.infer<typeof FallbackStatus>[];

/** What is no fault of the request and passes: a version that gave up waiting for it, and one that has too much to do. */
export const FALLBACK_ON: Statuses = [
  { status: 408, retryAfter: false },
  { status: 429, retryAfter: true },
];

const isUnique = (all: Statuses): boolean => new Set(all.map(({ status }) => status)).size === all.length;

/** As a document may say it. */
export const FallbackOn = z
  .array(FallbackStatus.extend({ status: z.int().min(400).max(499) }).strict())
  .refine(isUnique, 'names a status twice')
  .default(FALLBACK_ON);
