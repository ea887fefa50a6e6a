import { z } from 'zod';
import { JsonPointer } from './json-pointer.ts';

export const MAX_REPLAYED_PATHS = 32;

/** The agent's own protocol, spoken below `/agents/{agent}`. */
export const HttpSpec = z.strictObject({
  /** Where a request has the user's text, and its answer the agent's: JSON pointers (RFC 6901); '' says nothing. */
  requestPath: JsonPointer.default(''),
  answerPath: JsonPointer.default(''),
  /**
   * The paths below `/agents/{agent}` whose POSTs a shadow may repeat, each as it is called, without a query. Name only what
   * has no effects, or leaves them out where it is told `x-coalmine-shadow: 1`: docs/decisions/0022.
   */
  replay: z
    .array(
      z
        .string()
        .regex(/^\/(?:[\w-][\w.:@~-]*(?:\/[\w-][\w.:@~-]*)*)?$/, 'a path below the agent, like /answer')
        .max(2_048),
    )
    .max(MAX_REPLAYED_PATHS)
    .refine((paths) => new Set(paths).size === paths.length, 'names a path twice')
    .default([]),
});
