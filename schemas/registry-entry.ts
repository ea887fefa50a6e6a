import { z } from 'zod';
import { EpochMs } from './envelope.ts';

/** A document in force, by kind and name; `document` is its JSON as applied. */
export const RegistryEntry = z
  .object({ kind: z.string(), name: z.string(), document: z.string(), by: z.string(), timeMs: EpochMs })
  .meta({ id: 'RegistryEntry' });
export type RegistryEntry = z.infer<typeof RegistryEntry>;
