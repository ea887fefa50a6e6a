import type { z } from 'zod';
import { RegisteredDataset } from './dataset.ts';
import { GateBaseline } from './gate-baseline.ts';
import { RegisteredVersion } from './registered-version.ts';
import { ReportedIdentity } from './reported-identity.ts';

/** One kind of what people register: its contract, its name in the registry, and whether the first content of a name stays for ever. */
type Kind<T> = { schema: z.ZodType<T>; nameOf: (value: T) => string; isForEver: boolean };
const kind = <T>(schema: z.ZodType<T>, nameOf: (value: T) => string, isForEver: boolean): Kind<T> => ({
  schema,
  nameOf,
  isForEver,
});

/** By the kind of their entries. Names begin with the agent's, which have no slash in them. */
export const REGISTRY_KINDS = {
  Version: kind(RegisteredVersion, ({ agent, label }) => `${agent}/${label}`, true),
  Dataset: kind(RegisteredDataset, ({ agent, name, label }) => `${agent}/${name}/${label}`, true),
  Baseline: kind(GateBaseline, ({ agent, name }) => `${agent}/${name}`, false),
  Identity: kind(ReportedIdentity, ({ agent, label }) => `${agent}/${label}`, false),
} as const;

export type RegistryKind = keyof typeof REGISTRY_KINDS;
export type Registered<K extends RegistryKind> = z.output<(typeof REGISTRY_KINDS)[K]['schema']>;

export const REGISTRY_KIND_NAMES = Object.keys(REGISTRY_KINDS) as RegistryKind[];
export const isRegistryKind = (name: string): name is RegistryKind => Object.hasOwn(REGISTRY_KINDS, name);

/** An entry's document; a record of the topic has a megabyte with all else. */
export const MAX_ENTRY_BYTES = 960 * 1_024;
