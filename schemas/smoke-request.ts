import { z } from 'zod';
import { Duration } from './duration.ts';

/** A call that the candidate must answer well before anybody is sent to it. */
export const SmokeRequest = z.strictObject({
  /** Below the version's upstream, as the rest of the URL: `/chat/completions`. */
  path: z
    .string()
    .regex(/^(\/[\w-][\w.-]*)+$/, 'a path below the upstream, like /chat/completions')
    .default('/chat/completions'),
  /** POSTed as JSON; `model` is set as the ingress would. */
  body: z.record(z.string(), z.json()),
  expect: z
    .strictObject({
      status: z.int().min(100).max(599).default(200),
      contains: z.string().min(1).optional(),
      /** From the request to the answer's last byte. */
      maxLatency: Duration.optional(),
    })
    .prefault({}),
});
export type SmokeRequest = z.infer<typeof SmokeRequest>;
