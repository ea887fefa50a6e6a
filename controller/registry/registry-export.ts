import { messageOf } from '../../schemas/error-message.ts';
import { z } from 'zod';
import type { Issue } from '../../schemas/problem.ts';
import { MAX_DEPTH } from '../../schemas/document-text.ts';
import { jsonFault } from '../../schemas/json-fault.ts';
import { FILE_LISTS, RegistryFile } from '../../schemas/registry-file.ts';
import {
  type Registered,
  REGISTRY_KIND_NAMES,
  REGISTRY_KINDS,
  type RegistryKind,
} from '../../schemas/registry-kinds.ts';
import type { RegistryContent } from './registry-fold.ts';

type Named = { [K in RegistryKind]: { kind: K; name: string; value: Registered<K> } }[RegistryKind];

const named = <K extends RegistryKind>(kind: K, value: Registered<K>): Named =>
  ({ kind, name: REGISTRY_KINDS[kind].nameOf(value as never), value }) as unknown as Named;

/** All that is registered of the agents that somebody sees, each list by name: the same content is the same file. */
export const exportFile = (registry: RegistryContent, sees: (agent: string) => boolean): RegistryFile => {
  const agents = registry.agents().filter(sees);
  const list = <K extends RegistryKind>(kind: K): Registered<K>[] =>
    agents
      .flatMap((agent) => registry.all(kind, agent).map((value) => named(kind, value)))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ value }) => value as Registered<K>);
  const lists = Object.fromEntries(REGISTRY_KIND_NAMES.map((kind) => [FILE_LISTS[kind], list(kind)]));
  return { apiVersion: 'coalmine/v1', kind: 'Registry', ...lists } as RegistryFile;
};

/** A file as somebody sent it, or what is wrong with it. */
export const readExport = (text: string): { file: RegistryFile } | { issues: Issue[] } => {
  try {
    const value: unknown = JSON.parse(text);
    const fault = jsonFault(text, MAX_DEPTH);
    if (fault !== null) return { issues: [fault] };
    const read = RegistryFile.safeParse(value);
    if (read.success) return { file: read.data };
    return { issues: [{ path: '', reason: z.prettifyError(read.error).slice(0, 2_000) }] };
  } catch (error) {
    return { issues: [{ path: '', reason: messageOf(error) }] };
  }
};

const allIn = (file: RegistryFile): Named[] =>
  REGISTRY_KIND_NAMES.flatMap((kind) => file[FILE_LISTS[kind]].map((value) => named(kind, value)));

/** Whose content a file has. */
export const agentsOf = (file: RegistryFile): string[] => [...new Set(allIn(file).map(({ value }) => value.agent))];

/** When a value that may be replaced was made. */
const timeOf = (value: Named['value']): number => {
  if ('recordedAtMs' in value) return value.recordedAtMs;
  return 'atMs' in value ? value.atMs : 0;
};

/**
 * What importing a file would add, and which of its names stand for another content here. Of what may be replaced the later one
 * stays.
 */
export const planImport = (
  file: RegistryFile,
  registry: RegistryContent,
): { added: Named[]; unchanged: number; taken: string[] } => {
  const fateOf = ({ kind, name, value }: Named): 'added' | 'unchanged' | 'taken' => {
    const held = registry.find(kind, name);
    if (held === undefined) return 'added';
    if (!REGISTRY_KINDS[kind].isForEver) return timeOf(value) > timeOf(held) ? 'added' : 'unchanged';
    return 'id' in held && 'id' in value && held.id === value.id ? 'unchanged' : 'taken';
  };
  const fates = allIn(file).map((one) => ({ one, fate: fateOf(one) }));
  return {
    added: fates.filter(({ fate }) => fate === 'added').map(({ one }) => one),
    unchanged: fates.filter(({ fate }) => fate === 'unchanged').length,
    taken: fates.filter(({ fate }) => fate === 'taken').map(({ one }) => `${one.kind} ${one.name}`),
  };
};
