import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { estimatedUsd } from './llmbar/cost.ts';
import { readJudgedPairs } from './llmbar/judged-pairs.ts';
import { markdownOf, tableOf } from './llmbar/table.ts';

/**
 * What judging pairs in both orders, and a cascade, are worth: recorded verdicts of two judges through the judge's own pairwise
 * aggregation, against what people prefer. `node bench/llmbar.ts [--data ../shared/data/llmbar/judged] [--write] [--json]`.
 * --write puts the tables into docs/calibration.md; with --json the last line is the array of rows.
 */
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/llmbar/judged' },
    cheap: { type: 'string', default: 'ChatGPT' },
    strong: { type: 'string', default: 'GPT-4' },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const PAGE = join(import.meta.dirname, '..', 'docs', 'calibration.md');
const [BEGIN, END] = ['<!-- llmbar: begin -->', '<!-- llmbar: end -->'];

const writePage = (table: string): void => {
  const page = readFileSync(PAGE, 'utf8');
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (start === -1 || end < start) throw new Error(`docs/calibration.md lacks ${BEGIN} … ${END}`);
  writeFileSync(PAGE, `${page.slice(0, start)}${BEGIN}\n\n${table}\n\n${page.slice(end)}`);
};

try {
  const rows = tableOf(readJudgedPairs(values.data), values.cheap, values.strong, estimatedUsd);
  const table = markdownOf(rows);
  console.log(`${table}\n\nCosts are estimates: tokens of the recorded texts at list prices of autumn 2023.`);
  if (values.write) writePage(table);
  if (values.json) console.log(JSON.stringify(rows));
} catch (error) {
  console.error(`llmbar: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
