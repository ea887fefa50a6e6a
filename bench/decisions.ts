import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import pLimit from 'p-limit';
import { whole, withUsage } from './decisions/arguments.ts';
import { attackReport } from './decisions/attack.ts';
import { goalsOf } from './decisions/goals.ts';
import { argsOf, type Cell, CELLS, type Found, rolloutsOf, SHARE_CELLS } from './decisions/jobs.ts';
import {
  playPromotion,
  PROMOTION_CELLS,
  type PromotionCell,
  promotionSummary,
  type PromotionSummary,
  promotionTimesTable,
} from './decisions/promotion-times.ts';
import { RECORDED_DIR } from './decisions/recorded-data.ts';
import { type RecordedReport, reportOf, sharesReportOf, withGenerated } from './decisions/report.ts';
import { playCell, serviceReport } from './decisions/service-report.ts';
import type { Summary } from './decisions/simulate.ts';

const USAGE = `How good decisions are: ours beside peers' rules, on made-up and on recorded traffic. Prints the report and writes it
into docs/decision-quality.md.

  npm run bench -- decisions [--rollouts 2000] [--seeds 1,2,3,4,5] [--recorded 500] [--jobs 2] [--kept FILE] [--shares | --promotions | --attack | --service] [--no-doc] [--json]

  --recorded  rollouts on recorded traffic
  --jobs      processes at a time
  --kept      what was played is appended here, a line each, and not played again: for a run in several sittings
  --shares    only rollouts whose judge scores a share of the answers; they have a part of the page for themselves
  --promotions  only how long a good version takes with the default metrics, by traffic, errors and policy; a part of the page, too,
              of the first seed alone, with a tenth of the rollouts
  --attack    only what one caller can do who wants a good version rolled back or a bad one promoted; a part of the page, too, of the first seed
  --service   only how a version in service is watched beside its own past; a part of the page, too, of the first seed; --rollouts are months
  --no-doc    print only
  --json      the last line is {rollouts, seeds, goals: [{what, goal, found, holds}], found, recorded}`;

const DOCUMENT = path.resolve(import.meta.dirname, '../docs/decision-quality.md');
const run = promisify(execFile);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const readArguments = () => {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      rollouts: { type: 'string', default: '2000' },
      seeds: { type: 'string', default: '1,2,3,4,5' },
      recorded: { type: 'string', default: '500' },
      jobs: { type: 'string', default: '2' },
      kept: { type: 'string' },
      shares: { type: 'boolean', default: false },
      promotions: { type: 'boolean', default: false },
      attack: { type: 'boolean', default: false },
      service: { type: 'boolean', default: false },
      doc: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    rollouts: whole('rollouts', values.rollouts, 1, 1_000_000),
    seeds: values.seeds.split(',').map((seed) => whole('seeds', seed, 0, 2 ** 31)),
    recordedRollouts: whole('recorded', values.recorded, 1, 1_000_000),
    jobs: whole('jobs', values.jobs, 1, 64),
    kept: values.kept ?? null,
    shares: values.shares,
    promotions: values.promotions,
    attack: values.attack,
    service: values.service,
    doc: values.doc,
    json: values.json,
    help: values.help,
  };
};

/** What a process of its own prints as its last line. */
const lastLineOf = async (script: string, args: readonly string[]): Promise<unknown> => {
  const file = path.join(import.meta.dirname, script);
  const { stdout } = await run(process.execPath, [file, ...args, '--json'], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
};

const playRecorded = async (rollouts: number): Promise<RecordedReport | null> => {
  if (existsSync(RECORDED_DIR))
    return (await lastLineOf('decisions/recorded.ts', ['--rollouts', String(rollouts)])) as RecordedReport;
  say(`${RECORDED_DIR} is absent; the recorded traffic is left out`);
  return null;
};

/** What earlier sittings played, by its arguments. */
type Kept<T> = { known: ReadonlyMap<string, T>; add(args: string, summary: T): void };

const readKept = <T>(file: string | null): Kept<T> => {
  const lines = file !== null && existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  return {
    known: new Map(lines.map((line) => JSON.parse(line) as [string, T])),
    add: (args, summary) => {
      if (file !== null) appendFileSync(file, `${JSON.stringify([args, summary])}\n`);
    },
  };
};

/** Plays one cell with one seed, and says how far the bench is. */
const createPlayer = (rollouts: number, jobs: number, kept: Kept<Summary>) => {
  const startedMs = Date.now();
  let done = 0;
  return async (cell: Cell, seed: number): Promise<Summary> => {
    const args = [...argsOf(cell), '--rollouts', String(rolloutsOf(cell, rollouts)), '--seed', String(seed)];
    const beganMs = Date.now();
    const known = kept.known.get(args.join(' '));
    const summary = known ?? ((await lastLineOf('simulate-decisions.ts', args)) as Summary);
    if (known === undefined) kept.add(args.join(' '), summary);
    done += 1;
    const took = ((Date.now() - beganMs) / 1_000).toFixed(1);
    const all = ((Date.now() - startedMs) / 60_000).toFixed(1);
    say(`${done} of ${jobs} (${all} min): ${args.join(' ')}: ${took} s`);
    return summary;
  };
};

/** Plays all cells with all seeds, so many processes at a time. */
const playAll = (cells: readonly Cell[], asked: ReturnType<typeof readArguments>): Promise<Found[]> => {
  const { rollouts, seeds, jobs, kept } = asked;
  const limit = pLimit(jobs);
  const play = createPlayer(rollouts, cells.length * seeds.length, readKept(kept));
  return Promise.all(
    cells.map(async (cell) => ({
      cell,
      bySeed: await Promise.all(seeds.map((seed) => limit(() => play(cell, seed)))),
    })),
  );
};

/** Plays one cell after the other in this process: some minutes. */
const promotionTimes = ({ rollouts, seeds, kept }: ReturnType<typeof readArguments>) => {
  const seed = seeds[0] ?? 1;
  const each = Math.ceil(rollouts / 10);
  const earlier = readKept<PromotionSummary>(kept);
  const found = PROMOTION_CELLS.map((cell) => {
    const key = JSON.stringify({ ...cell, seed, each });
    const summary =
      earlier.known.get(key) ??
      promotionSummary(Array.from({ length: each }, (_, rollout) => playPromotion(cell, seed, rollout)));
    if (!earlier.known.has(key)) earlier.add(key, summary);
    say(`${key}: ${JSON.stringify(summary)}`);
    return { cell, summary };
  });
  const of = (cell: PromotionCell): PromotionSummary =>
    found.find((one) => JSON.stringify(one.cell) === JSON.stringify(cell))!.summary;
  const report = [
    `Seed ${seed}, ${each} rollouts a cell: the median, and the time by which 80 of 100 were promoted. Repeat it with \`npm run bench -- decisions --promotions --rollouts ${rollouts} --seeds ${seed}\`.`,
    promotionTimesTable(of),
  ].join('\n\n');
  return { report, told: { rollouts: each, seeds: [seed], found } };
};

/** Plays one cell after the other in this process. */
const inService = ({ rollouts: months, seeds, kept }: ReturnType<typeof readArguments>) => {
  const seed = seeds[0] ?? 1;
  const earlier = readKept<ReturnType<typeof playCell>>(kept);
  const report = serviceReport(
    (cell, part) => {
      const each = Math.ceil(months / part);
      const key = JSON.stringify({ ...cell, seed, each });
      const known = earlier.known.get(key);
      const played = known ?? playCell(cell, each, seed);
      if (known === undefined) earlier.add(key, played);
      say(`${key}: ${JSON.stringify(played)}`);
      return played;
    },
    { months, seed },
  );
  return { report, told: { months, seeds: [seed] } };
};

/** The part of the page, and what stands in the line of `--json`. */
const reported = async (asked: ReturnType<typeof readArguments>): Promise<{ report: string; told: object }> => {
  const { rollouts, seeds, recordedRollouts } = asked;
  if (asked.promotions) return promotionTimes(asked);
  if (asked.service) return inService(asked);
  if (asked.attack) {
    const seed = seeds[0] ?? 1;
    return { report: attackReport(seed, rollouts, say), told: { rollouts, seeds: [seed] } };
  }
  if (asked.shares) {
    const found = await playAll(SHARE_CELLS, asked);
    return { report: sharesReportOf({ seeds, rollouts, found }), told: { rollouts, seeds, found } };
  }
  const recorded = await playRecorded(recordedRollouts);
  const found = await playAll(CELLS, asked);
  const goals = goalsOf(found);
  return {
    report: reportOf({ seeds, rollouts, found, goals }, recorded),
    told: { rollouts, seeds, goals, found, recorded },
  };
};

const partOf = ({ shares, promotions, attack, service }: ReturnType<typeof readArguments>) =>
  service ? 'service' : attack ? 'attack' : promotions ? 'promotions' : shares ? 'shares' : 'all';

const main = async (): Promise<void> => {
  const asked = readArguments();
  if (asked.help) return console.log(USAGE);
  const { report, told } = await reported(asked);
  console.log(report);
  if (asked.doc) {
    const page = readFileSync(DOCUMENT, 'utf8');
    writeFileSync(DOCUMENT, withGenerated(page, report, partOf(asked)));
    say(`written into ${path.relative(process.cwd(), DOCUMENT)}`);
  }
  if (asked.json) console.log(JSON.stringify(told));
};

await withUsage('node bench/decisions.ts --help tells what there is', main);
