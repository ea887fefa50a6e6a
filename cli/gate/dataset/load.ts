import { datasetId } from '../../../schemas/dataset.ts';
import { didYouMean } from '../../../schemas/did-you-mean.ts';
import { type Case, DatasetError } from './case.ts';
import type { GateDataset } from '../../../schemas/gate-plan.ts';
import { wrongAt } from './reader.ts';
import { DATASET_READERS } from './registry.ts';
import { sampled } from './sample.ts';

/** `id` is of the cases' content, as the registry has it: the same whatever their order, and the file that they stand in. */
export type Dataset = { cases: readonly Case[]; id: string; path: string };

const refuseRepeats = (file: string, cases: readonly Case[]): void => {
  const seen = new Map<string, number>();
  for (const { id, line } of cases) {
    const before = seen.get(id);
    if (before !== undefined)
      throw wrongAt(file, line, `the id ${id} is there already${before > 0 ? `, on line ${before}` : ''}`);
    seen.set(id, line);
  }
};

const refuseUnknownTags = (file: string, tags: readonly string[], cases: readonly Case[]): void => {
  const known = [...new Set(cases.flatMap((one) => one.tags))].toSorted();
  for (const tag of tags)
    if (!known.includes(tag))
      throw new DatasetError(
        `${file} has no case with the tag ${tag}${didYouMean(tag, known)} Tags: ${known.join(', ') || 'none'}`,
      );
};

/** The cases that a plan asks, read from where it says. Throws a DatasetError for the user. */
export const loadDataset = ({ path, format, tags, sample }: GateDataset): Dataset => {
  const all = DATASET_READERS[format](path);
  if (all.length === 0) throw new DatasetError(`${path} has no case`);
  refuseRepeats(path, all);
  refuseUnknownTags(path, tags, all);
  const tagged = tags.length === 0 ? all : all.filter((one) => one.tags.some((tag) => tags.includes(tag)));
  const cases = sample === null ? tagged : sampled(tagged, sample.size, sample.seed);
  const lines = cases.map(({ content }) => content).toSorted();
  return { cases, id: datasetId(lines.join('\n')), path };
};
