import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { bfclFunction, openAiTool, type OpenAiTool } from './openai-tools.ts';
import { readResultRow, type RecordedAnswer } from './recorded-answer.ts';

export type Prompt = {
  readonly referenceId: string;
  readonly category: string;
  readonly messages: readonly { role: string; content: string }[];
  readonly tools: readonly OpenAiTool[];
};

/** One model's recorded answers. Every prompt here has an answer; `skipped` and `badRows` account for the rest. */
export type Dataset = {
  readonly model: string;
  readonly prompts: readonly Prompt[];
  /** By reference id. */
  readonly answers: ReadonlyMap<string, RecordedAnswer>;
  /** Rows of categories without a prompt file, by the category's name in the results folder. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Rows that could not be read; their prompts are not among `prompts`. */
  readonly badRows: number;
  /** Prompts of a category that has results, but none for them, bad rows included. */
  readonly unanswered: number;
};

/** Where a results folder keeps the older names of the prompt files' categories. */
const promptCategory = new Map([
  ['relevance', 'irrelevance'],
  ['simple', 'simple_python'],
  ['multiple_function', 'multiple'],
  ['parallel_function', 'parallel'],
  ['parallel_multiple_function', 'parallel_multiple'],
]);

const turn = z.array(z.object({ role: z.string(), content: z.string() }));

/** Only the first turn is asked. */
const promptRow = z.object({
  id: z.string(),
  question: z.tuple([turn], turn),
  function: z.array(bfclFunction),
});

/**
 * Reads `<replayDir>/<model>` and the prompts from the folder `bfcl/` beside `replayDir`, and joins them within each
 * category. Throws, saying what to do, when a folder is missing, a prompt file is broken, no category has prompts,
 * or rows can't be joined.
 */
export function loadDataset(replayDir: string, model: string): Dataset {
  const promptsDir = bfclDirOf(replayDir);
  const resultsDir = join(replayDir, model);
  if (!existsSync(resultsDir)) throw new Error(`${resultsDir} does not exist: name one of the folders in ${replayDir}`);
  if (!existsSync(promptsDir))
    throw new Error(`${promptsDir} does not exist: the prompts must lie beside ${replayDir}`);
  const promptFiles = promptFilesIn(promptsDir);
  const resultFiles = filesByCategory(resultsDir, /^(?:BFCL_v\d+_)?(.+)_result\.jsonl?$/);
  const prompts: Prompt[] = [];
  const answers = new Map<string, RecordedAnswer>();
  const skipped: Record<string, number> = {};
  let badRows = 0;
  let unanswered = 0;
  for (const [name, file] of resultFiles) {
    const category = promptCategory.get(name) ?? name;
    const promptFile = promptFiles.get(category);
    const lines = linesOf(join(resultsDir, file));
    if (promptFile === undefined) {
      skipped[name] = lines.length;
      continue;
    }
    const asked = readPrompts(join(promptsDir, promptFile), category);
    const rows = readRows(lines);
    badRows += rows.filter((row) => row === null).length;
    for (const [index, answer] of joined(rows, asked, join(resultsDir, file))) {
      const prompt = asked[index];
      if (prompt === undefined) continue;
      prompts.push(prompt);
      answers.set(prompt.referenceId, answer);
    }
    unanswered += asked.filter((prompt) => !answers.has(prompt.referenceId)).length;
  }
  if (prompts.length === 0) {
    throw new Error(`${resultsDir} has no <category>_result.jsonl whose prompts are in ${promptsDir}`);
  }
  return { model, prompts, answers, skipped, badRows, unanswered };
}

/** The prompts and accepted answers lie in `bfcl/` beside the replay folder. */
export function bfclDirOf(replayDir: string): string {
  return join(dirname(resolve(replayDir)), 'bfcl');
}

/** The prompts of all categories in a folder `bfcl/`, whether any model's answers to them are there or not. */
export function loadPrompts(bfclDir: string): Prompt[] {
  if (!existsSync(bfclDir))
    throw new Error(`${bfclDir} does not exist: expected the folder with BFCL_v4_<category>.json`);
  return [...promptFilesIn(bfclDir)].flatMap(([category, file]) => readPrompts(join(bfclDir, file), category));
}

/** The prompts that every one of the datasets has an answer to, in the first one's order. */
export function commonPrompts(first: Dataset, ...others: readonly Dataset[]): Prompt[] {
  return first.prompts.filter(({ referenceId }) => others.every(({ answers }) => answers.has(referenceId)));
}

const promptFilesIn = (dir: string): Map<string, string> => filesByCategory(dir, /^(?:BFCL_v\d+_)(.+)\.jsonl?$/);

function filesByCategory(dir: string, pattern: RegExp): Map<string, string> {
  const files = new Map<string, string>();
  for (const file of readdirSync(dir).toSorted()) {
    const category = pattern.exec(file)?.[1];
    if (category === undefined) continue;
    const other = files.get(category);
    if (other !== undefined) throw new Error(`${dir} holds both ${other} and ${file}: keep one of them`);
    files.set(category, file);
  }
  return files;
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

function readPrompts(path: string, category: string): Prompt[] {
  return linesOf(path).map((line, index) => {
    try {
      const row = promptRow.parse(JSON.parse(line));
      return { referenceId: row.id, category, messages: row.question[0], tools: row.function.map(openAiTool) };
    } catch (error) {
      throw new Error(`${path} line ${index + 1} is not a prompt`, { cause: error });
    }
  });
}

type Row = ReturnType<typeof readResultRow>;

function readRows(lines: readonly string[]): (Row | null)[] {
  return lines.map((line) => {
    try {
      return readResultRow(line);
    } catch {
      return null;
    }
  });
}

/**
 * Pairs of prompt index and answer. Rows are in the prompts' order; where rows are missing their ids, which count from 0,
 * say which.
 */
function joined(rows: readonly (Row | null)[], asked: readonly Prompt[], path: string): [number, RecordedAnswer][] {
  const byOrder = rows.length === asked.length;
  const pairs = rows.flatMap((row, order): [number, RecordedAnswer][] => {
    if (row === null) return [];
    const index = byOrder ? order : Number(/_(\d+)$/.exec(row.id)?.[1] ?? Number.NaN);
    return [[index, row.answer]];
  });
  const distinct = new Set(pairs.map(([index]) => index));
  if (distinct.size !== pairs.length || pairs.some(([index]) => !(index >= 0 && index < asked.length))) {
    throw new Error(
      `${path} has ${rows.length} rows for ${asked.length} prompts, and their ids do not say which is whose`,
    );
  }
  return pairs;
}
