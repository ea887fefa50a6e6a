import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { commonPrompts, type Dataset, loadDataset } from '../../examples/replay/dataset.ts';
import { binIndex } from '../../schemas/sketch.ts';

/** What a recorded model version did with one prompt. Latency and tokens by the sketch's bins. */
type Answered = { error: boolean; right: boolean; latencyBin: number; tokensBin: number };

/** The prompts that all versions answered, and each version's answers in the same order. */
export type Recorded = {
  categories: readonly string[];
  /** By prompt: which category. */
  categoryOf: readonly number[];
  answers: ReadonlyMap<string, readonly Answered[]>;
};

export const RECORDED_DIR = '../shared/data/bfcl-result';
const MODELS = ['gpt-4o-2024-05-13', 'gpt-3.5-turbo-0125', 'gpt-4o-2024-08-06'] as const;
export type ModelName = (typeof MODELS)[number];

/** Where a results folder keeps older names of the prompts' categories. */
const SCORE_FILES: Readonly<Record<string, string>> = {
  irrelevance: 'relevance',
  simple_python: 'simple',
  multiple: 'multiple_function',
  parallel: 'parallel_function',
  parallel_multiple: 'parallel_multiple_function',
};

const failureRow = z.object({ id: z.number() });

/** Answers recorded as wrong: row numbers within the category from 0. The file begins with a summary; its ids count from 1. */
const wrongRows = (dir: string, category: string): ReadonlySet<number> => {
  const [, ...failures] = readFileSync(join(dir, `${SCORE_FILES[category] ?? category}_score.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return new Set(failures.map((line) => failureRow.parse(JSON.parse(line)).id - 1));
};

/** Null, having nothing to read, where the folder is absent. Throws where what it holds can't be read. */
export const loadRecorded = (dir: string = RECORDED_DIR): Recorded | null => {
  if (!existsSync(dir)) return null;
  const datasets = MODELS.map((model) => loadDataset(dir, `${model}-FC`));
  const [first, ...others] = datasets;
  if (first === undefined) return null;
  const prompts = commonPrompts(first, ...others);
  const categories = [...new Set(prompts.map(({ category }) => category))].sort();
  const answersOf = ({ model, answers }: Dataset): Answered[] => {
    const wrong = new Map(categories.map((category) => [category, wrongRows(join(dir, model), category)]));
    return prompts.map(({ category, referenceId }) => {
      const answer = answers.get(referenceId)!;
      const row = Number(referenceId.slice(referenceId.lastIndexOf('_') + 1));
      return {
        error: answer.error !== null,
        right: !wrong.get(category)!.has(row),
        latencyBin: binIndex(answer.latencyMs / 1_000),
        tokensBin: binIndex((answer.inputTokens + answer.outputTokens) / 1_000),
      };
    });
  };
  return {
    categories,
    categoryOf: prompts.map(({ category }) => categories.indexOf(category)),
    answers: new Map(datasets.map((dataset, i) => [MODELS[i]!, answersOf(dataset)])),
  };
};
