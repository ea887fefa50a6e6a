import { messageOf } from '../../schemas/error-message.ts';
import { z } from 'zod';
import type { RegistryEntry } from '../../schemas/registry-entry.ts';
import { isRegistryKind, type Registered, REGISTRY_KINDS, type RegistryKind } from '../../schemas/registry-kinds.ts';

/** What people have registered, by agent. */
export type RegistryContent = {
  /** All of a kind of one agent. */
  all<K extends RegistryKind>(kind: K, agent: string): Registered<K>[];
  find<K extends RegistryKind>(kind: K, name: string): Registered<K> | undefined;
  /** Those of whom anything is registered. */
  agents(): string[];
  /** Of all that is registered of one agent, as JSON. */
  characters(agent: string): number;
};

/**
 * What a record came to. `lost`: its name stands for another content since an earlier record; `repeat` is the document to write
 * once more, so that compaction, which keeps the last record of a key, keeps that one.
 */
export type TakenEntry =
  | { kind: 'taken' }
  | { kind: 'lost'; repeat: string }
  | { kind: 'foreign'; problem: string }
  | { kind: 'other' };

type Value = { agent: string; id?: string };
type Read = { value: Value; isConfirmed: boolean; characters: number };

/** In the document of one that was written once more. */
const Confirmed = z.object({ confirmed: z.literal(true) });

/** Contracts may throw on values that are nested deep. */
const readEntry = ({ kind, name, document }: RegistryEntry & { kind: RegistryKind }): Read | { problem: string } => {
  const { schema, nameOf } = REGISTRY_KINDS[kind];
  try {
    const json: unknown = JSON.parse(document);
    const read = schema.safeParse(json);
    if (!read.success) return { problem: z.prettifyError(read.error) };
    const about = nameOf(read.data as never);
    if (about !== name) return { problem: `it is about ${about}` };
    return { value: read.data, isConfirmed: Confirmed.safeParse(json).success, characters: document.length };
  } catch (error) {
    return { problem: messageOf(error) };
  }
};

const isOfKind = (entry: RegistryEntry): entry is RegistryEntry & { kind: RegistryKind } => isRegistryKind(entry.kind);

/**
 * Folds the registry's topic. Of a version and of a dataset the first content of a name counts, whoever writes it again with
 * another one; the order is the topic's, so that all controllers agree. Of all else the last record counts.
 */
export const createRegistryFold = (): RegistryContent & { take(entry: RegistryEntry): TakenEntry } => {
  const held = new Map<string, Read>();
  const keysOf = new Map<string, Set<string>>();
  const charactersOf = new Map<string, number>();

  const hold = (key: string, next: Read): void => {
    const { agent } = next.value;
    const before = held.get(key)?.characters ?? 0;
    held.set(key, next);
    keysOf.set(agent, (keysOf.get(agent) ?? new Set()).add(key));
    charactersOf.set(agent, (charactersOf.get(agent) ?? 0) + next.characters - before);
  };

  const takeForEver = (key: string, next: Read): TakenEntry => {
    const before = held.get(key);
    if (before?.value.id === next.value.id) {
      if (before && next.isConfirmed) before.isConfirmed = true;
      return { kind: 'taken' };
    }
    if (before !== undefined && (before.isConfirmed || !next.isConfirmed))
      return { kind: 'lost', repeat: JSON.stringify({ ...before.value, confirmed: true }) };
    hold(key, next);
    return { kind: 'taken' };
  };

  return {
    all: <K extends RegistryKind>(kind: K, agent: string) =>
      [...(keysOf.get(agent) ?? [])]
        .filter((key) => key.startsWith(`${kind}/`))
        .map((key) => held.get(key)?.value as Registered<K>),
    find: <K extends RegistryKind>(kind: K, name: string) =>
      held.get(`${kind}/${name}`)?.value as Registered<K> | undefined,
    agents: () => [...keysOf.keys()].sort(),
    characters: (agent) => charactersOf.get(agent) ?? 0,
    take: (entry) => {
      if (!isOfKind(entry)) return { kind: 'other' };
      const read = readEntry(entry);
      if ('problem' in read) return { kind: 'foreign', problem: read.problem };
      const key = `${entry.kind}/${entry.name}`;
      if (REGISTRY_KINDS[entry.kind].isForEver) return takeForEver(key, read);
      hold(key, read);
      return { kind: 'taken' };
    },
  };
};
