import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { didYouMean } from '../../../schemas/did-you-mean.ts';
import { type Case, DatasetError } from './case.ts';
import { type DatasetReader, wrongAt } from './reader.ts';
import { DATASET_READERS } from './registry.ts';
import { sampled } from './sample.ts';

/** What of a dataset is asked. `tags`: cases that have one of them; none for all. */
export type DatasetPlan = {
  file: string;
  format?: string | undefined;
  tags: readonly string[];
  sample?: { size: number; seed: number } | undefined;
};

/** `hash` is of what is asked and what is right, whatever file it stands in. */
export type Dataset = { cases: readonly Case[]; hash: string; file: string };

const readerOf = ({ file, format }: DatasetPlan): DatasetReader => {
  const found = DATASET_READERS.find(({ name, endings }) =>
    format === undefined ? endings.some((ending) => file.toLowerCase().endsWith(ending)) : name === format,
  );
  if (found !== undefined) return found;
  const endings = DATASET_READERS.flatMap((reader) => reader.endings).join(', ');
  throw new DatasetError(
    `nothing tells the form of the dataset ${file}: name it ${endings}, or give dataset.format: ${DATASET_READERS.map(({ name }) => name).join(', ')}`,
  );
};

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

/** A case's content: what is asked, and what is right. */
export const contentHash = ({ id, request, golden, accepted, context }: Case): string =>
  createHash('sha256')
    .update(
      canonicalize({ id, request, golden, accepted: accepted === undefined ? 'unknown' : accepted, context }) ?? '',
    )
    .digest('hex');

/** The cases that a plan asks, read from its file. Throws a DatasetError for the user. */
export const loadDataset = (plan: DatasetPlan): Dataset => {
  const { file, tags, sample } = plan;
  const all = readerOf(plan).read(file);
  if (all.length === 0) throw new DatasetError(`${file} has no case`);
  refuseRepeats(file, all);
  refuseUnknownTags(file, tags, all);
  const tagged = tags.length === 0 ? all : all.filter((one) => one.tags.some((tag) => tags.includes(tag)));
  const cases = sample === undefined ? tagged : sampled(tagged, sample.size, sample.seed);
  const hash = createHash('sha256').update(cases.map(contentHash).join('\n')).digest('hex');
  return { cases, hash, file };
};
