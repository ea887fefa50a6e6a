import type { RequestAt } from '../../schemas/controller-api.ts';
import type { Issue } from '../../schemas/problem.ts';
import { datasetId, type RegisteredDataset, readDataset } from '../../schemas/dataset.ts';
import { DatasetSummary } from '../../schemas/registry-views.ts';
import { whyTooLarge } from './entry-size.ts';
import { nextFreeLabel } from './next-label.ts';
import { whyFull } from './plan-versions.ts';
import type { RegistryContent } from './registry-fold.ts';

type Planned =
  | { kind: 'refused'; issues: Issue[] }
  | { kind: 'unchanged'; dataset: RegisteredDataset }
  | { kind: 'create'; dataset: RegisteredDataset };

const refused = (path: string, reason: string): Planned => ({ kind: 'refused', issues: [{ path, reason }] });

const MAX_LABELS = 1_000;

/** Those of one name, oldest first. */
export const datasetsNamed = (registry: RegistryContent, agent: string, name: string): RegisteredDataset[] =>
  registry
    .all('Dataset', agent)
    .filter((dataset) => dataset.name === name)
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.label < b.label ? -1 : 1));

/** What registering a dataset leads to. */
export const planDataset = (
  agent: string,
  given: RequestAt<'createDataset'>['body'],
  { by, timeMs, registry }: { by: string; timeMs: number; registry: RegistryContent },
): Planned => {
  const { name, label } = given;
  const read = readDataset(given.content);
  if ('reason' in read) return refused('content', `line ${read.line}: ${read.reason}`);
  const id = datasetId(read.content);
  const known = datasetsNamed(registry, agent, name);
  const same = known.find((dataset) => dataset.id === id && (label === undefined || dataset.label === label));
  if (same !== undefined) return { kind: 'unchanged', dataset: same };
  const isTaken = (one: string): boolean => known.some((dataset) => dataset.label === one);
  if (label !== undefined && isTaken(label))
    return refused(
      'label',
      `${label} of ${name} is registered with another content; datasets are immutable: create ${nextFreeLabel(label, isTaken)}`,
    );
  let number = 1;
  while (isTaken(`v${number}`)) number += 1;
  const made = { createdBy: by, createdAtMs: timeMs };
  const dataset = { agent, name, label: label ?? `v${number}`, id, ...read, ...made };
  const full = known.length >= MAX_LABELS ? `${name} has ${MAX_LABELS} labels` : whyFull(registry, agent);
  const why = full ?? whyTooLarge(dataset);
  return why === null ? { kind: 'create', dataset } : refused('content', why);
};

/** Without its content. */
export const datasetSummary = (dataset: RegisteredDataset): DatasetSummary => DatasetSummary.parse(dataset);
