import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { bfclDirOf, loadDataset, type Dataset } from '../examples/replay/dataset.ts';
import { loadReferences, type Reference } from '../judge/answers/references-bfcl.io.ts';
import { matchToolCalls } from '../judge/answers/tool-match.ts';
import { createToolCallCheck, offeredFunctions } from '../judge/answers/tool-schema.ts';

/**
 * How far the tool scorer agrees with the correctness the leaderboard recorded (`*_score.jsonl`), per model and category:
 * `node bench/tool-scorer.ts [--replay ../shared/data/bfcl-result] [--json]`. With --json the last line is
 * {model: {category: {agree, total}}}.
 */
const { values } = parseArgs({
  options: {
    replay: { type: 'string', default: '../shared/data/bfcl-result' },
    json: { type: 'boolean', default: false },
  },
});

type Tally = { agree: number; total: number; right: number; recordedRight: number; calls: number; validCalls: number };
const failureRow = z.object({ id: z.number(), error_type: z.string(), error: z.unknown() });
type Disagreement = { model: string; id: string; recorded: string; scored: string };

const fileCategories: Record<string, string> = {
  irrelevance: 'relevance',
  simple_python: 'simple',
  multiple: 'multiple_function',
  parallel: 'parallel_function',
  parallel_multiple: 'parallel_multiple_function',
};

/** Failures by row, counted from 0, with their recorded reason. The first line is a summary; ids count from 1. */
function recordedFailures(replayDir: string, model: string, category: string): Map<number, string> {
  const path = join(replayDir, model, `${fileCategories[category] ?? category}_score.jsonl`);
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return new Map(
    lines.slice(1).map((line) => {
      const row = failureRow.parse(JSON.parse(line));
      return [row.id - 1, `${row.error_type} ${JSON.stringify(row.error).slice(0, 300)}`];
    }),
  );
}

/** What the leaderboard recorded was never redacted. */
const NO_MASKS: ReadonlySet<string> = new Set();

function scoreModel(replayDir: string, dataset: Dataset, references: ReadonlyMap<string, Reference>) {
  const check = createToolCallCheck();
  const tallies: Record<string, Tally> = {};
  const disagreements: Disagreement[] = [];
  const failures = new Map<string, Map<number, string>>();
  for (const prompt of dataset.prompts) {
    const { category, referenceId } = prompt;
    const failed = failures.get(category) ?? recordedFailures(replayDir, dataset.model, category);
    failures.set(category, failed);
    const tally = (tallies[category] ??= { agree: 0, total: 0, right: 0, recordedRight: 0, calls: 0, validCalls: 0 });
    const calls = dataset.answers.get(referenceId)?.calls ?? [];
    const offered = offeredFunctions(prompt.tools);
    const verdict = matchToolCalls(
      { toolCalls: calls, masks: NO_MASKS },
      references.get(referenceId)?.accepted ?? null,
      offered,
    );
    const recorded = failed.get(Number(referenceId.slice(referenceId.lastIndexOf('_') + 1)));
    tally.total += 1;
    tally.right += verdict.success ? 1 : 0;
    tally.recordedRight += recorded === undefined ? 1 : 0;
    tally.calls += calls.length;
    tally.validCalls += calls.filter((call) => check(call, offered, NO_MASKS).valid === true).length;
    if (verdict.success === (recorded === undefined)) tally.agree += 1;
    else {
      const scored = verdict.success ? 'right' : verdict.reason;
      disagreements.push({ model: dataset.model, id: referenceId, recorded: recorded ?? 'right', scored });
    }
  }
  return { tallies, disagreements };
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

function printModel(dataset: Dataset, tallies: Record<string, Tally>): void {
  console.log(`\n${dataset.model}: skipped ${JSON.stringify(dataset.skipped)}, bad rows ${dataset.badRows}`);
  console.table(
    Object.fromEntries(
      Object.entries(tallies).map(([category, t]) => [
        category,
        {
          agree: `${t.agree}/${t.total}`,
          'success here': percent(t.right, t.total),
          'success recorded': percent(t.recordedRight, t.total),
          'schema-valid calls': t.calls === 0 ? '-' : `${t.validCalls}/${t.calls}`,
        },
      ]),
    ),
  );
  const latencies = [...dataset.answers.values()].map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  const quantile = (q: number): string => `${Math.round(latencies[Math.ceil(q * latencies.length) - 1] ?? 0)} ms`;
  console.log(`latency p50 ${quantile(0.5)}, p90 ${quantile(0.9)}, p99 ${quantile(0.99)}, max ${quantile(1)}`);
}

const references = loadReferences(bfclDirOf(values.replay));
const models = readdirSync(values.replay, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const summary: Record<string, Record<string, { agree: number; total: number }>> = {};
const all: Disagreement[] = [];
for (const { name } of models) {
  const dataset = loadDataset(values.replay, name);
  const { tallies, disagreements } = scoreModel(values.replay, dataset, references);
  printModel(dataset, tallies);
  all.push(...disagreements);
  summary[name] = Object.fromEntries(
    Object.entries(tallies).map(([category, { agree, total }]) => [category, { agree, total }]),
  );
}
console.log('\nDisagreements:');
for (const { model, id, recorded, scored } of all)
  console.log(`${model} ${id}\n  recorded: ${recorded}\n  scored:   ${scored}`);
const rows = Object.values(summary).flatMap((categories) => Object.values(categories));
const agree = rows.reduce((sum, row) => sum + row.agree, 0);
const total = rows.reduce((sum, row) => sum + row.total, 0);
console.log(`\nagreement: ${agree} of ${total}, ${percent(agree, total)}`);
if (values.json) console.log(JSON.stringify(summary));
