import type { Lab } from './lab.ts';
import type { StageFigures, Told } from './measure-stage.ts';
import { measurePublisher } from './publisher.ts';
import { rowsIn } from './raw-log.ts';
import type { Setup } from './setup.ts';
import {
  type Halves,
  joined,
  measureAnalyzer,
  measureController,
  measureFloor,
  measureJudge,
  measureMirror,
  warmCount,
  writeBacklog,
} from './stages.ts';

/** One round of one checkout: every stage that is asked for, and those before it whose output it reads. */

export const STAGES = ['judge', 'analyzer', 'mirror', 'mirror-shadow', 'controller', 'publisher'] as const;
export type Stage = (typeof STAGES)[number];

export type Figures = StageFigures & { floorCpuUs: number | null };
export type Round = {
  stages: Partial<Record<Stage, Figures>>;
  /** By topic, on the broker's disk for each exchange. */
  bytes: Record<string, number>;
  /** That the analyzer wrote of the measured backlog, for each exchange. */
  windowRows: number | null;
  notes: string[];
  losses: string[];
};

/** What of the replays goes out: a fifth of stable's exchanges. */
const SHADOW_SHARE_PCT = 20;

export type RoundPlan = {
  exchanges: number;
  round: number;
  wanted: ReadonlySet<string>;
  hasFloor: boolean;
  say: (line: string) => void;
};

export const measureRound = async (lab: Lab, setup: Setup, plan: RoundPlan): Promise<Round> => {
  const { exchanges, round, wanted, say } = plan;
  const found: Round = { stages: {}, bytes: {}, windowRows: null, notes: [], losses: [] };
  const inAll = exchanges + warmCount(exchanges);
  const weigh = (count: number, ...topics: readonly { name: string }[]): void => {
    for (const { name } of topics) {
      const sizeBytes = lab.bytesOf(name);
      if (sizeBytes !== null) found.bytes[name] = sizeBytes / count;
    }
  };
  const note = (stage: Stage, { perSecond, cpuUs, notes, losses }: Told): void => {
    found.notes.push(...notes);
    found.losses.push(...losses);
    say(`${lab.name} ${stage}: ${Math.round(perSecond)} exchanges/s, ${cpuUs.toFixed(1)} µs each`);
    if (wanted.has(stage)) found.stages[stage] = { perSecond, cpuUs, floorCpuUs: null };
  };
  const floor = async (stage: Stage, halves: Halves): Promise<void> => {
    const figures = found.stages[stage];
    if (figures === undefined || !plan.hasFloor) return;
    const run = await measureFloor(lab, stage, written, halves);
    figures.floorCpuUs = run.cpuUs;
    found.notes.push(...run.notes);
    say(`${lab.name} ${stage}: a bare consumer ${run.cpuUs.toFixed(1)} µs each`);
  };
  const needs = (...stages: readonly Stage[]): boolean => stages.some((stage) => wanted.has(stage));
  const { SCORES, EXCHANGES, PARTIALS, WINDOWS, SNAPSHOTS } = lab.checkout.topics;

  say(`${lab.name}: writing ${inAll} exchanges …`);
  const written = await writeBacklog(lab, setup, exchanges, round);
  weigh(inAll, EXCHANGES);
  if (needs('judge', 'analyzer', 'controller')) {
    const judged = await measureJudge(lab, setup, written);
    weigh(inAll, SCORES);
    note('judge', judged.run);
    await floor('judge', written.exchanges);
    if (needs('analyzer', 'controller')) {
      const input = joined(written.exchanges, judged.scores);
      const analyzed = await measureAnalyzer(lab, setup, written, input);
      weigh(inAll, PARTIALS, WINDOWS, SNAPSHOTS);
      note('analyzer', analyzed.run);
      found.windowRows = rowsIn(analyzed.windows.measured) / exchanges;
      await floor('analyzer', joined(input, analyzed.partials));
      if (needs('controller')) {
        note('controller', await measureController(lab, setup, written, analyzed.windows));
        await floor('controller', analyzed.windows);
      }
    }
  }
  for (const [stage, sharePct] of [['mirror', 0] as const, ['mirror-shadow', SHADOW_SHARE_PCT] as const])
    if (needs(stage)) {
      note(stage, await measureMirror(lab, setup, written, sharePct));
      await floor(stage, written.exchanges);
    }
  if (needs('publisher')) {
    note('publisher', await measurePublisher(lab, setup, exchanges, round));
    await floor('publisher', written.exchanges);
  }
  return found;
};
