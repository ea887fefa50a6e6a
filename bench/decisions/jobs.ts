import { JUDGE_SHARES } from './judge-share.ts';
import type { Simulation, Summary } from './simulate.ts';
import { METHODS } from './simulate.ts';
import { isSame, type ScenarioName, SCENARIO_NAMES, SCENARIOS } from './scenarios.ts';

/** One line of the table, before it is repeated over seeds. */
export type Cell = Omit<Simulation, 'seed' | 'rollouts'>;
/** A cell with what each seed gave, in order of the seeds. */
export type Found = { cell: Cell; bySeed: readonly Summary[] };

const cell = (scenario: ScenarioName, changes: Partial<Cell> = {}): Cell => ({
  scenario,
  method: 'ours',
  rate: 600,
  metrics: 4,
  promotion: 'timer',
  share: 'all',
  ...changes,
});

export const RATES = [60, 600, 6_000] as const;
/** Candidates as good as stable, and ones just as bad as a rollout tolerates. */
export const GOOD = ['aa', 'aa-drift'] as const satisfies readonly ScenarioName[];
export const AT_TOLERANCE = ['err-1-2', 'p99-1.5', 'success-95-90'] as const satisfies readonly ScenarioName[];

const OTHER_RATES = RATES.filter((rate) => rate !== 600);
const byProof = (['prove', 'budget'] as const).flatMap((promotion) => [
  ...[...GOOD, ...AT_TOLERANCE].map((scenario) => cell(scenario, { promotion })),
  ...OTHER_RATES.map((rate) => cell('aa', { promotion, rate })),
]);

/** Everything the bench asks for, each once. */
export const CELLS: readonly Cell[] = [
  ...METHODS.flatMap((method) => SCENARIO_NAMES.map((scenario) => cell(scenario, { method }))),
  ...SCENARIO_NAMES.filter((name) => !isSame(SCENARIOS[name])).map((scenario) => cell(scenario, { metrics: 1 })),
  ...(['ours', 'kayenta'] as const).flatMap((method) => OTHER_RATES.map((rate) => cell('err-1-3', { method, rate }))),
  ...OTHER_RATES.map((rate) => cell('err-1-3', { rate, metrics: 1 })),
  ...byProof,
];

/** Scenarios in which both versions are the same, of which a judge scores a share. */
export const SHARED_SAME = ['aa', 'aa-drift', 'sticky-heterogeneous'] as const satisfies readonly ScenarioName[];
/** Those in which what the judge scores differs. */
export const SHARED_WORSE = ['q-80-76', 'success-95-90'] as const satisfies readonly ScenarioName[];

/** What a judge that scores a share is asked: by the two metrics that it scores alone. */
export const SHARE_CELLS: readonly Cell[] = JUDGE_SHARES.flatMap((share) => [
  ...[...SHARED_SAME, ...SHARED_WORSE].map((scenario) => cell(scenario, { share, metrics: 2 })),
  cell('success-95-90', { share, metrics: 2, promotion: 'prove' }),
]);

/** Rollouts by proof last until they are proven, so a fifth of them is played; of five seeds together as many as of one. */
export const rolloutsOf = ({ promotion }: Cell, rollouts: number): number =>
  promotion === 'timer' ? rollouts : Math.ceil(rollouts / 5);

export const argsOf = (one: Cell): string[] =>
  (['scenario', 'method', 'rate', 'metrics', 'promotion', 'share'] as const).flatMap((name) => [
    `--${name}`,
    String(one[name]),
  ]);

/** The cell that is like the one given; undefined if it was not asked for. */
export const soughtCell = (
  all: readonly Found[],
  scenario: ScenarioName,
  changes: Partial<Cell>,
): Found | undefined => {
  const wanted = argsOf(cell(scenario, changes)).join(' ');
  return all.find((one) => argsOf(one.cell).join(' ') === wanted);
};

/** The cell that is like the one given; throws if it was not asked for. */
export const findCell = (all: readonly Found[], scenario: ScenarioName, changes: Partial<Cell> = {}): Found => {
  const found = soughtCell(all, scenario, changes);
  if (found === undefined) throw new RangeError(`the bench did not run ${scenario} ${JSON.stringify(changes)}`);
  return found;
};
