import { parseArgs } from 'node:util';
import type { Measured } from '../cli/gate/measured.ts';
import type { GateRules } from '../cli/gate/verdict/verdict.ts';
import { mulberry32 } from '../controller/rules/formulas/sampling.fixture.ts';
import { GatePlan } from '../schemas/gate-plan.ts';
import { type Blocked, blockedBy } from './gate/blocking-rules.ts';
import { loadRecordedAnswers } from './gate/recorded-answers.ts';
import { loadTauPool } from './gate/tau-pool.ts';
import { drawSides, type Pool, type World } from './gate/worlds.ts';

/**
 * How often the gate blocks a change that is none, and one that truly loses ten points, beside a bare 5 % rule and McNemar's test
 * alone, on resamples of recorded answers: `node bench/gate.ts [--resamples 1000] [--seed 1] [--json]`. With --json the last line is
 * the array of rows. The same seed gives the same table.
 */
const { values } = parseArgs({
  options: {
    resamples: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const [resamples, seed] = [Number(values.resamples), Number(values.seed)];

const rulesOf = (criteria: readonly object[], slices: readonly string[] = []): GateRules =>
  GatePlan.parse({
    apiVersion: 'coalmine/v1',
    kind: 'GatePlan',
    metadata: { name: 'bench' },
    spec: { agent: 'recorded', dataset: { file: 'drawn.jsonl' }, slices, criteria },
  }).spec;

const SUCCESS = rulesOf([{ metric: 'task_success', maxDropPct: 5 }]);
const CALLS = rulesOf(
  [
    { metric: 'task_success', maxDropPct: 5, slices: true },
    { metric: 'tool_accuracy', maxDropPct: 5, slices: true },
  ],
  ['category'],
);

type Cell = { what: string; rules: GateRules; world: World; n: number };

const cellsOf = (
  what: string,
  rules: GateRules,
  pool: Pool,
  n: readonly number[],
  change: Partial<World> = {},
): Cell[] => n.map((n) => ({ what, rules, world: { pool, sessionOf: 1, repeats: 1, dropPoints: 0, ...change }, n }));

const SIZES = [50, 200, 500];
const LOSS = { dropPoints: 10 };

const cellsOfTau = (pool: Pool): Cell[] => [
  ...cellsOf('tau-bench', SUCCESS, pool, SIZES),
  ...cellsOf('tau-bench', SUCCESS, pool, [200], LOSS),
  ...cellsOf('tau-bench, asked twice', SUCCESS, pool, [200], { repeats: 2 }),
  ...cellsOf('tau-bench, asked twice', SUCCESS, pool, [200], { ...LOSS, repeats: 2 }),
  ...cellsOf('tau-bench, sessions of 5', SUCCESS, pool, [200], { sessionOf: 5 }),
];

const cellsOfBfcl = (what: string, pool: Pool): Cell[] => [
  ...cellsOf(what, CALLS, pool, SIZES),
  ...cellsOf(what, CALLS, pool, [200], LOSS),
];

const percent = (count: number): string => `${((100 * count) / resamples).toFixed(1)} %`;

const rowOf = ({ what, rules, world, n }: Cell, index: number) => {
  const random = mulberry32(seed * 1_000 + index);
  const count = { bare: 0, mcNemar: 0, gate: 0, inconclusive: 0 };
  for (let i = 0; i < resamples; i++) {
    const blocked = blockedBy(rules, drawSides(world, n, random));
    for (const rule of Object.keys(count) as (keyof Blocked)[]) count[rule] += blocked[rule] ? 1 : 0;
  }
  return {
    data: what,
    questions: n,
    truth: world.dropPoints === 0 ? 'no change' : `−${world.dropPoints} points`,
    'bare 5 % rule': percent(count.bare),
    'McNemar alone': percent(count.mcNemar),
    'gate: fail': percent(count.gate),
    'gate: inconclusive': percent(count.inconclusive),
  };
};

const tau = loadTauPool();
const recorded = loadRecordedAnswers();
if (tau === null || recorded === null) {
  console.error('../shared/data is not there: leave this bench out; nothing else needs it');
  process.exitCode = 2;
} else {
  const poolOf = (...versions: (readonly Measured[])[]): Pool =>
    versions[0]!.map((_, i) => versions.map((answers) => answers[i]!));
  const { 'gpt-4o-2024-05-13': older, 'gpt-4o-2024-08-06': newer, 'gpt-3.5-turbo-0125': weak } = recorded;
  const cells = [
    ...cellsOfTau(tau),
    ...cellsOfBfcl('BFCL, two gpt-4o, 12 comparisons', poolOf(older, newer)),
    ...cellsOfBfcl('BFCL, these and gpt-3.5, 12 comparisons', poolOf(older, newer, weak)),
  ];
  const rows = cells.map(rowOf);
  console.table(rows);
  if (values.json) console.log(JSON.stringify(rows));
}
