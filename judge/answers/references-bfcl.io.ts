import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { AcceptedCalls } from './tool-match.ts';

/** What the right answer to one prompt is; `accepted` null says: no call. */
export type Reference = { readonly category: string; readonly accepted: AcceptedCalls | null };

const promptRow = z.object({ id: z.string() });
const answerRow = z.object({
  id: z.string(),
  ground_truth: z.array(z.record(z.string(), z.record(z.string(), z.array(z.unknown())))),
});

/**
 * Reads a folder of the Berkeley Function Calling Leaderboard: `BFCL_v<n>_<category>.json` (prompts, JSON lines) and
 * `possible_answer/` (accepted answers under the same names). Keys are the prompts' ids. In a category named
 * `…irrelevance` no call is right; any other category without a file of accepted answers is left out, and its
 * exchanges have no ground truth. Throws, with file and line, on a folder that is missing or of another form.
 */
export function loadReferences(bfclDir: string): Map<string, Reference> {
  if (!existsSync(bfclDir))
    throw new Error(`${bfclDir} does not exist: expected the folder with BFCL_v4_<category>.json`);
  const references = new Map<string, Reference>();
  for (const file of readdirSync(bfclDir).toSorted()) {
    const category = /^BFCL_v\d+_(.+)\.jsonl?$/.exec(file)?.[1];
    if (category === undefined) continue;
    const answersPath = join(bfclDir, 'possible_answer', file);
    if (existsSync(answersPath)) {
      for (const row of readRows(answersPath, answerRow))
        references.set(row.id, { category, accepted: row.ground_truth });
    } else if (category.endsWith('irrelevance')) {
      for (const row of readRows(join(bfclDir, file), promptRow)) references.set(row.id, { category, accepted: null });
    }
  }
  if (references.size === 0)
    throw new Error(`${bfclDir} holds no file BFCL_v<n>_<category>.json with accepted answers`);
  return references;
}

function readRows<T>(path: string, schema: z.ZodType<T>): T[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [schema.parse(JSON.parse(line))];
    } catch (error) {
      throw new Error(`${path} line ${index + 1} is not a row of the expected form`, { cause: error });
    }
  });
}
