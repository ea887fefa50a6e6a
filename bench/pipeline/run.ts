import type { Calls } from './calls.ts';
import { measureGrowth } from './growth.ts';
import { type Idle, measureIdle } from './idle.ts';
import { type Lab, openLab } from './lab.ts';
import { measureMembers } from './members.ts';
import { recordedCalls } from './recorded-calls.ts';
import { bytesTable, idleTable, jsonOf, stagesTable, type Side } from './report.ts';
import { measureRound, type Round, STAGES } from './round.ts';
import { type Setup, setUp, startUpstreams, STORY } from './setup.ts';
import { supportCalls } from './support-calls.ts';

/** A whole run: checkouts in turn, in every second round the other way round, and what came of it. */

const SEED = 1;
const IDLE = 'idle';

export type RunOptions = {
  exchanges: number;
  rounds: number;
  /** Stages, and `idle`; null for all. */
  only: readonly string[] | null;
  isRecorded: boolean;
  checkout: string;
  against: string | null;
  what: 'stages' | 'growth' | 'members';
  isJson: boolean;
  say: (line: string) => void;
};

type Bench = { lab: Lab; setup: Setup; rounds: Round[]; idle: Idle | null };

const wantedOf = (only: RunOptions['only']): Set<string> => {
  const known: readonly string[] = [...STAGES, IDLE];
  const unknown = only?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0) throw new Error(`no stage ${unknown.join(', ')}; there are ${known.join(', ')}`);
  return new Set(only ?? known);
};

const measureAll = async (benches: readonly Bench[], options: RunOptions): Promise<void> => {
  const { exchanges, rounds, say } = options;
  const wanted = wantedOf(options.only);
  const turns = STAGES.some((stage) => wanted.has(stage)) ? rounds : 0;
  for (let round = 0; round < turns; round++)
    for (const bench of round % 2 === 0 ? benches : benches.toReversed()) {
      say(`round ${round + 1} of ${rounds}: ${bench.lab.name}`);
      const plan = { exchanges, round, wanted, hasFloor: true, say };
      bench.rounds.push(await measureRound(bench.lab, bench.setup, plan));
    }
  if (wanted.has(IDLE))
    for (const bench of benches) {
      say(`${bench.lab.name}: nothing to do, for a minute …`);
      bench.idle = await measureIdle(bench.lab, bench.setup);
    }
};

/** 1 if something was lost on the way: then the figures are of less work than they say. */
const report = (benches: readonly Bench[], calls: Calls, { exchanges, rounds, isJson }: RunOptions): number => {
  const sides: Side[] = benches.map(({ lab, rounds: found, idle }) => ({ name: lab.name, rounds: found, idle }));
  const warmed = `${rounds} rounds of ${exchanges} exchanges (${calls.what}), medians [lowest–highest]`;
  const losses = sides.flatMap(({ rounds: found }) => found.flatMap((round) => round.losses));
  const notes = sides.flatMap(({ rounds: found }) => found.flatMap((round) => round.notes));
  if (sides.some(({ rounds: found }) => found.length > 0))
    console.log(`${warmed}\n\n${stagesTable(sides, STAGES)}\n\n${bytesTable(sides)}\n`);
  if (sides.some(({ idle }) => idle !== null)) console.log(`${idleTable(sides)}\n`);
  for (const note of notes) console.log(`note: ${note}`);
  for (const loss of losses) console.log(`missing: ${loss}`);
  if (isJson) console.log(JSON.stringify(jsonOf(sides.at(-1)!)));
  return losses.length > 0 ? 1 : 0;
};

/** Resolves with the exit code. Throws what a person must read. */
export const runPipeline = async (options: RunOptions): Promise<number> => {
  const { checkout, against, say } = options;
  wantedOf(options.only);
  const calls = options.isRecorded ? recordedCalls(SEED) : supportCalls(SEED);
  const benches: Bench[] = [];
  const labs: Lab[] = [];
  let stopUpstreams = async (): Promise<void> => {};
  try {
    const roots = [...(against === null ? [] : [{ name: 'before', root: against }]), { name: 'ours', root: checkout }];
    for (const { name, root } of roots) labs.push(await openLab(name, root, say));
    const upstreams = await startUpstreams(calls, labs[0]!.logFile('upstreams'));
    stopUpstreams = upstreams.stop;
    if (options.what !== 'stages') {
      const measure = options.what === 'growth' ? measureGrowth : measureMembers;
      return await measure(labs, calls, upstreams.urls, options);
    }
    for (const lab of labs)
      benches.push({
        lab,
        setup: await setUp(lab, calls, STORY, upstreams.urls),
        rounds: [],
        idle: null,
      });
    await measureAll(benches, options);
    return report(benches, calls, options);
  } finally {
    await stopUpstreams();
    await Promise.all(labs.map((lab) => lab.stop()));
  }
};
