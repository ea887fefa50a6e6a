import { spread } from '../front-door/quantiles.ts';
import type { Idle } from './idle.ts';
import type { Figures, Round, Stage } from './round.ts';

/** What a run found, as tables for people and as one line for programs. Pure. */

/** What the lines of the JSON are: the path from ingress to decision. */
export const PATH = ['judge', 'analyzer', 'mirror', 'controller', 'publisher'] as const;
type PathStage = (typeof PATH)[number];

const TARGET_CPU_US: Readonly<Record<PathStage, number>> = {
  judge: 300,
  analyzer: 200,
  mirror: 100,
  controller: 40,
  publisher: 150,
};
const TARGET_ALL_IN_US = 1_000;
const TARGET_FLOORS = 3;
const TARGET_IDLE_MS = { services: 50, kafka: 60 };

/** What one checkout came to over all rounds. */
export type Side = { name: string; rounds: readonly Round[]; idle: Idle | null };

const median = (figures: readonly (number | null | undefined)[]): number | null =>
  spread(figures.map((figure) => figure ?? null))?.median ?? null;

/** Medians over the rounds; null for a stage that was not measured. */
export const stageFigures = (rounds: readonly Round[], stage: Stage): Figures | null => {
  const all = rounds.flatMap(({ stages }) => stages[stage] ?? []);
  const perSecond = median(all.map((figures) => figures.perSecond));
  const cpuUs = median(all.map((figures) => figures.cpuUs));
  if (perSecond === null || cpuUs === null) return null;
  return { perSecond, cpuUs, floorCpuUs: median(all.map((figures) => figures.floorCpuUs)) };
};

/** Ingress to decision, without Kafka: the sum of the five; null while one is missing. */
export const allInCpuUs = (rounds: readonly Round[]): number | null => {
  const parts = PATH.map((stage) => stageFigures(rounds, stage)?.cpuUs ?? null);
  return parts.includes(null) ? null : parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
};

export const idleServicesMs = (idle: Idle): number =>
  Object.values(idle.services).reduce((sum, msPerSecond) => sum + msPerSecond, 0);

const number = (value: number | null | undefined, digits = 0): string =>
  value === null || value === undefined
    ? '–'
    : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const range = (figures: readonly number[], digits = 0): string => {
  const all = spread(figures);
  if (all === null) return '–';
  const [mid, min, max] = [all.median, all.min, all.max].map((value) => number(value, digits));
  return min === max ? mid! : `${mid} [${min}–${max}]`;
};

const tableOf = (rows: readonly (readonly string[])[]): string => {
  const [heads = [], ...rest] = rows;
  return [heads, heads.map(() => '---'), ...rest].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
};

const isOnPath = (stage: Stage): stage is PathStage => (PATH as readonly Stage[]).includes(stage);

const stageRow = (side: Side, stage: Stage): string[] | null => {
  const figures = stageFigures(side.rounds, stage);
  if (figures === null) return null;
  const all = side.rounds.flatMap(({ stages }) => stages[stage] ?? []);
  const ratio = figures.floorCpuUs === null || figures.floorCpuUs === 0 ? null : figures.cpuUs / figures.floorCpuUs;
  return [
    side.name,
    stage,
    range(all.map((each) => each.perSecond)),
    range(all.map((each) => each.cpuUs)),
    isOnPath(stage) ? `≤ ${TARGET_CPU_US[stage]}` : '',
    range(all.flatMap((each) => each.floorCpuUs ?? [])),
    number(ratio, 1),
    isOnPath(stage) ? `≤ ${TARGET_FLOORS}` : '',
  ];
};

export const stagesTable = (sides: readonly Side[], stages: readonly Stage[]): string =>
  tableOf([
    [
      'checkout',
      'stage',
      'exchanges/s',
      'CPU µs an exchange',
      'target',
      'bare consumer, µs',
      'times the floor',
      'target',
    ],
    ...stages.flatMap((stage) =>
      sides.flatMap((side) => [stageRow(side, stage) ?? []].filter((row) => row.length > 0)),
    ),
    ...sides.flatMap((side) => {
      const sum = allInCpuUs(side.rounds);
      return sum === null ? [] : [[side.name, 'all in', '', number(sum), `≤ ${number(TARGET_ALL_IN_US)}`, '', '', '']];
    }),
  ]);

export const idleTable = (sides: readonly Side[]): string => {
  const found = sides.flatMap(({ name, idle }) => (idle === null ? [] : [{ name, idle }]));
  return tableOf([
    ['CPU ms a second, nothing to do', ...found.map(({ name }) => name), 'target'],
    ['the five services', ...found.map(({ idle }) => number(idleServicesMs(idle), 1)), `≤ ${TARGET_IDLE_MS.services}`],
    ...(['ingress', 'mirror', 'judge', 'analyzer', 'controller'] as const).map((service) => [
      service,
      ...found.map(({ idle }) => number(idle.services[service], 1)),
      '',
    ]),
    ['Kafka, the services up', ...found.map(({ idle }) => number(idle.kafka, 1)), `≤ ${TARGET_IDLE_MS.kafka}`],
    ['Kafka alone', ...found.map(({ idle }) => number(idle.kafkaAlone, 1)), ''],
  ]);
};

export const bytesTable = (sides: readonly Side[]): string => {
  const topics = [...new Set(sides.flatMap(({ rounds }) => rounds.flatMap(({ bytes }) => Object.keys(bytes))))];
  return tableOf([
    ['an exchange', ...sides.map(({ name }) => name)],
    ...topics.map((topic) => [
      `${topic}, bytes`,
      ...sides.map(({ rounds }) => number(median(rounds.map(({ bytes }) => bytes[topic])))),
    ]),
    ['rows of windows', ...sides.map(({ rounds }) => number(median(rounds.map(({ windowRows }) => windowRows)), 1))],
  ]);
};

const rounded = (value: number | null, digits = 1): number | null =>
  value === null ? null : Number(value.toFixed(digits));

/** Of one checkout; null for what was not asked for or can't be read here. */
export const jsonOf = (side: Side) => ({
  stages: Object.fromEntries(
    PATH.map((stage) => {
      const figures = stageFigures(side.rounds, stage);
      const line = figures && {
        perSecond: rounded(figures.perSecond, 0),
        cpuUs: rounded(figures.cpuUs),
        floorCpuUs: rounded(figures.floorCpuUs),
      };
      return [stage, line];
    }),
  ),
  idleMsPerSecond: {
    services: rounded(side.idle && idleServicesMs(side.idle)),
    kafka: rounded(side.idle?.kafka ?? null),
  },
  allInCpuUs: rounded(allInCpuUs(side.rounds)),
});
