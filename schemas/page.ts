import { z } from 'zod';

export const MAX_PAGE = 500;

/** What a list is asked for: so many entries, after those of the page before. */
export const pageAsked = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  /** `next` of the page before, as it is. */
  cursor: z.string().min(1).max(1000).optional(),
};
/** What asks for the page after; null where there is none yet. */
export const pageTold = { next: z.string().nullable() };
