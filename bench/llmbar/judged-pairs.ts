import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { PairVerdict } from '../../judge/questions/pairwise.ts';

/** One pair of outputs, which one people prefer, and what each judge said with output 1 standing first and with it second. */
export type JudgedPair = {
  input: string;
  outputs: readonly [string, string];
  gold: 1 | 2;
  judges: ReadonlyMap<string, Verdicts>;
};

/** `first`: output 1 stands first; `swapped`: output 2 does. `replies` are what the judge wrote, in the same order. */
export type Verdicts = { first: PairVerdict; swapped: PairVerdict; replies: readonly [string, string] };

export type Dataset = { name: string; pairs: readonly JudgedPair[] };

/** `winner` is the output's number, whichever place it had. */
const Recorded = z.object({ completion: z.tuple([z.string(), z.string()]), winner: z.string() });
const Row = z.object({
  input: z.string(),
  output_1: z.string(),
  output_2: z.string(),
  label: z.union([z.literal(1), z.literal(2)]),
  results: z.tuple([z.object({ 'swap = False': Recorded, 'swap = True': Recorded })]),
});

const PLACE = { first: { '1': 'first', '2': 'second' }, swapped: { '1': 'second', '2': 'first' } } as const;

/** A reply that names neither output is a tie. */
const verdict = (winner: string, order: keyof typeof PLACE): PairVerdict => {
  const places = PLACE[order];
  return { winner: winner === '1' || winner === '2' ? places[winner] : 'tie', confidence: null };
};

const verdictsOf = ({ results: [recorded] }: z.infer<typeof Row>): Verdicts => {
  const { 'swap = False': first, 'swap = True': swapped } = recorded;
  return {
    first: verdict(first.winner, 'first'),
    swapped: verdict(swapped.winner, 'swapped'),
    replies: [first.completion[0], swapped.completion[0]],
  };
};

const rowsOf = (path: string): z.infer<typeof Row>[] => {
  const parsed = z.array(Row).safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${path} is not a file of recorded verdicts: ${issue?.path.join('.')}: ${issue?.message}`);
};

const FILE = /^(?<dataset>.+)\.(?<judge>[^.]+)\.json$/;

/**
 * The recorded verdicts of a folder of `<dataset>.<judge>.json`, the judges of one dataset joined by row. Throws with what to
 * do when there is no such folder, and when files of one dataset are not of the same pairs.
 */
export const readJudgedPairs = (folder: string): Dataset[] => {
  let files: string[];
  try {
    files = readdirSync(folder).sort();
  } catch {
    throw new Error(`there is no folder ${folder}; give the recorded verdicts with --data <folder>`);
  }
  const datasets = new Map<string, JudgedPair[]>();
  for (const file of files) {
    const { dataset, judge } = FILE.exec(file)?.groups ?? {};
    if (dataset === undefined || judge === undefined) continue;
    const rows = rowsOf(join(folder, file));
    const pairs = datasets.get(dataset) ?? [];
    datasets.set(dataset, pairs);
    rows.forEach((row, i) => {
      const known = (pairs[i] ??= {
        input: row.input,
        outputs: [row.output_1, row.output_2],
        gold: row.label,
        judges: new Map<string, Verdicts>(),
      });
      if (known.input !== row.input || known.outputs[0] !== row.output_1)
        throw new Error(`${file}: row ${i + 1} is another pair than in the other judges' files`);
      (known.judges as Map<string, Verdicts>).set(judge, verdictsOf(row));
    });
  }
  if (datasets.size === 0) throw new Error(`${folder} holds no <dataset>.<judge>.json`);
  return [...datasets].map(([name, pairs]) => ({ name, pairs }));
};
