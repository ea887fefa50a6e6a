import { z } from 'zod';
import { REGISTRY_KINDS } from './registry-kinds.ts';

const MAX_LISTED = 100_000;

/** Everything that people have registered, as one file: what `coalmine version export` writes and `import` reads. */
export const RegistryFile = z.strictObject({
  apiVersion: z.literal('coalmine/v1'),
  kind: z.literal('Registry'),
  versions: z.array(REGISTRY_KINDS.Version.schema).max(MAX_LISTED).default([]),
  datasets: z.array(REGISTRY_KINDS.Dataset.schema).max(MAX_LISTED).default([]),
  baselines: z.array(REGISTRY_KINDS.Baseline.schema).max(MAX_LISTED).default([]),
  identities: z.array(REGISTRY_KINDS.Identity.schema).max(MAX_LISTED).default([]),
});
export type RegistryFile = z.infer<typeof RegistryFile>;

/** Where each kind stands in the file. */
export const FILE_LISTS = {
  Version: 'versions',
  Dataset: 'datasets',
  Baseline: 'baselines',
  Identity: 'identities',
} as const satisfies Record<keyof typeof REGISTRY_KINDS, keyof RegistryFile>;
