import { z } from 'zod';
import { EpochMs, Int } from './envelope.ts';

/** A fold's state after every record of one input partition before `offset`: state and offset in one record, so that they can't part. */
export const Snapshot = z
  .object({
    group: z.string(),
    topic: z.string(),
    partition: Int.nonnegative(),
    foldVersion: Int.positive(),
    offset: Int.nonnegative(),
    state: z.string(),
    sha256: z.string(),
    timeMs: EpochMs,
  })
  .meta({ id: 'Snapshot' });
export type Snapshot = z.infer<typeof Snapshot>;
