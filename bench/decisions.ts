import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import pLimit from 'p-limit';
import { goalsOf } from './decisions/goals.ts';
import { argsOf, type Cell, CELLS, type Found } from './decisions/jobs.ts';
import { RECORDED_DIR } from './decisions/recorded-data.ts';
import { type RecordedReport, reportOf, withGenerated } from './decisions/report.ts';
import type { Summary } from './decisions/simulate.ts';

/**
 * How good decisions are: ours beside peers' rules, on made-up and on recorded traffic. Prints the report and writes it into
 * docs/decision-quality.md.
 *
 *   npm run bench -- decisions [--rollouts 2000] [--seeds 1,2,3,4,5] [--recorded 500] [--jobs 2] [--no-doc] [--json]
 *
 * With --json the last line is {rollouts, seeds, goals: [{what, goal, found, holds}], found, recorded}.
 */
const { values } = parseArgs({
  allowNegative: true,
  options: {
    rollouts: { type: 'string', default: '2000' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    recorded: { type: 'string', default: '500' },
    jobs: { type: 'string', default: '2' },
    doc: { type: 'boolean', default: true },
    json: { type: 'boolean', default: false },
  },
});

const DOCUMENT = path.resolve(import.meta.dirname, '../docs/decision-quality.md');
const run = promisify(execFile);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const positive = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0, not ${text}`);
  return value;
};

/** What a bench's own process prints as its last line. */
const lastLineOf = async (script: string, args: readonly string[]): Promise<unknown> => {
  const file = path.join(import.meta.dirname, script);
  const { stdout } = await run(process.execPath, [file, ...args, '--json'], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
};

const rollouts = positive('rollouts', values.rollouts);
const seeds = values.seeds.split(',').map((seed) => positive('seeds', seed));
const limit = pLimit(positive('jobs', values.jobs));
const startedMs = Date.now();
let done = 0;

const simulateCell = async (cell: Cell, seed: number): Promise<Summary> => {
  const args = [...argsOf(cell), '--rollouts', String(rollouts), '--seed', String(seed)];
  const beganMs = Date.now();
  const summary = (await lastLineOf('simulate-decisions.ts', args)) as Summary;
  done += 1;
  const took = ((Date.now() - beganMs) / 1_000).toFixed(1);
  const all = ((Date.now() - startedMs) / 60_000).toFixed(1);
  say(`${done} of ${CELLS.length * seeds.length} (${all} min): ${args.join(' ')}: ${took} s`);
  return summary;
};

const playRecorded = async (): Promise<RecordedReport | null> => {
  if (!existsSync(RECORDED_DIR)) {
    say(`${RECORDED_DIR} is absent; the recorded traffic is left out`);
    return null;
  }
  const args = ['--rollouts', String(positive('recorded', values.recorded))];
  return (await lastLineOf('decisions/recorded.ts', args)) as RecordedReport;
};

const [recorded, ...found] = await Promise.all([
  limit(playRecorded),
  ...CELLS.map(async (cell): Promise<Found> => ({
    cell,
    bySeed: await Promise.all(seeds.map((seed) => limit(() => simulateCell(cell, seed)))),
  })),
]);
const goals = goalsOf(found);
const report = reportOf({ seeds, rollouts, found, goals }, recorded);
console.log(report);
if (values.doc) {
  writeFileSync(DOCUMENT, withGenerated(readFileSync(DOCUMENT, 'utf8'), report));
  say(`written into ${path.relative(process.cwd(), DOCUMENT)}`);
}
if (values.json) console.log(JSON.stringify({ rollouts, seeds, goals, found, recorded }));
