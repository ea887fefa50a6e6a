import { describeExchange } from '../../analyzer/rows/exchange-rows.ts';
import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { exchangeOf } from '../../schemas/exchange.fixture.ts';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import { binIndex } from '../../schemas/sketch.ts';
import { seedOf, type Random } from './draws.ts';
import { createOurs, startedAgent } from './ours.ts';
import { rowsOf } from './rows.ts';
import { METRICS, PLANNED_MINUTES, SCENARIOS } from './scenarios.ts';
import { emptyBuckets } from './subjects.ts';
import { wilson } from './wilson.ts';
import { type ArmMinute, createMinutes, type Minute } from './world.ts';

/** What one caller can do by himself, whatever versions are like: leave before any content, ask for much, ask for what is easy. */
const DEEDS = {
  'fails on the candidate': {
    wants: 'rollback',
    arm: 'candidate',
    exchange: { outcome: 'client_abort', firstByteMs: null },
  },
  'is slow on the candidate': { wants: 'rollback', arm: 'candidate', exchange: { outcome: 'ok', latencyMs: 20_000 } },
  'fails on stable': { wants: 'promotion', arm: 'stable', exchange: { outcome: 'client_abort', firstByteMs: null } },
  'succeeds on the candidate': { wants: 'promotion', arm: 'candidate', exchange: { outcome: 'ok', latencyMs: 300 } },
} as const;
export type Deed = keyof typeof DEEDS;
export const DEED_NAMES = Object.keys(DEEDS) as Deed[];

/**
 * One caller from the first minute on. `names` are those that he kept because they are on the arm that he is after: by what the version
 * says or how long it takes he may find that out. `sharePct` is his part of all requests. Null: nobody attacks.
 */
export type Attack = { deed: Deed; names: number; sharePct: number; vouched: boolean };

const RATE = 600;

/** What the analyzer makes of one of his requests: of how many values of which metric. Nothing if they are no evidence. */
const observedOf = ({ deed, vouched }: Attack): ReadonlyMap<string, number> => {
  const { arm, exchange } = DEEDS[deed];
  const described = describeExchange(
    exchangeOf({ ...exchange, vouched, assignment: 'weight', assignedArm: arm, servedArm: arm, stream: false }),
  );
  if (typeof described === 'string') return new Map();
  const observed = described.flatMap((one) => one.observed);
  return new Map(observed.flatMap((one) => (one.status === 'scored' ? [[one.metric, one.value]] : [])));
};

/** An arm's minute with his requests, scored as flawless where there is an answer. */
const withHim = (
  seen: ArmMinute,
  own: number,
  observed: ReadonlyMap<string, number>,
  buckets: readonly number[],
): ArmMinute => {
  const error = observed.get('error_rate');
  if (error === undefined) return seen;
  const latency = observed.get('latency');
  const bins = new Map(seen.bins.map(({ index, count }) => [index, count]));
  const index = binIndex(latency ?? 0);
  if (latency !== undefined) bins.set(index, (bins.get(index) ?? 0) + own);
  return {
    ...seen,
    requests: seen.requests + own,
    errors: seen.errors + error * own,
    errorBuckets: seen.errorBuckets.map((count, i) => count + error * buckets[i]!),
    answers: seen.answers + (latency === undefined ? 0 : own),
    bins: [...bins].sort(([a], [b]) => a - b).map(([at, count]) => ({ index: at, count })),
  };
};

const scattered = (random: Random, own: number, names: readonly number[]): number[] => {
  const buckets = emptyBuckets();
  for (let i = 0; i < own; i++) buckets[names[Math.floor(random() * names.length)]!]! += 1;
  return buckets;
};

type Ending = 'rolled_back' | 'promoted' | 'open';

/** Plays one rollout on planned stages: of a good candidate where he wants it rolled back, else of one that fails three times as often. */
export const playAttack = (
  wants: 'rollback' | 'promotion',
  attack: Attack | null,
  seed: number,
  rollout: number,
): Ending => {
  const begun = startedAgent(
    METRICS.map((name) => ({ name })),
    'timer',
  );
  const contest = createOurs<Minute>(begun, rowsOf(METRICS));
  const world = createMinutes(
    SCENARIOS[wants === 'rollback' ? 'aa' : 'err-1-3'],
    { rate: RATE, metrics: METRICS },
    mulberry32(seedOf(seed, rollout)),
  );
  const random = mulberry32(seedOf(seed + 1, rollout));
  const names = Array.from({ length: attack?.names ?? 0 }, () => Math.floor(random() * SUBJECT_BUCKETS));
  const observed = attack === null ? new Map<string, number>() : observedOf(attack);
  for (let minute = 0; minute < PLANNED_MINUTES; minute++) {
    const honest = world(minute, contest.weightPct());
    const outcome = contest.take(attack === null ? honest : attacked(honest, attack, { observed, names, random }));
    if (outcome !== 'running') return outcome;
  }
  return 'open';
};

const attacked = (
  honest: Minute,
  { deed, sharePct }: Attack,
  { observed, names, random }: { observed: ReadonlyMap<string, number>; names: readonly number[]; random: Random },
): Minute => {
  const own = Math.round((RATE * sharePct) / (100 - sharePct));
  const { arm } = DEEDS[deed];
  return { ...honest, [arm]: withHim(honest[arm], own, observed, scattered(random, own, names)) };
};

export const NAMES = [1, 3, 10, 30, 100] as const;
export const SHARES_PCT = [1, 10, 50] as const;

/** How many of the rollouts ended as he wants. */
export const successes = (
  attack: Attack | null,
  wants: 'rollback' | 'promotion',
  seed: number,
  rollouts: number,
): number => {
  const wanted: Ending = wants === 'rollback' ? 'rolled_back' : 'promoted';
  return Array.from({ length: rollouts }, (_, i) => playAttack(wants, attack, seed, i)).filter((one) => one === wanted)
    .length;
};

export const wantedBy = (deed: Deed): 'rollback' | 'promotion' => DEEDS[deed].wants;

/** The table of the page. Only failures on the candidate are seen by how many names they come under: of the rest one name is played. `say` hears how far it is. */
export const attackReport = (seed: number, rollouts: number, say: (line: string) => void): string => {
  const cell = (attack: Attack | null, wants: 'rollback' | 'promotion'): string => {
    const found = successes(attack, wants, seed, rollouts);
    say(`${wants} ${JSON.stringify(attack)}: ${found} of ${rollouts}`);
    const [low, high] = wilson(found, rollouts);
    const pct = (share: number): string => String(Math.round(100 * share));
    return `${pct(found / rollouts)} % (${pct(low)}–${pct(high)})`;
  };
  const rows = DEED_NAMES.flatMap((deed) => {
    const wants = wantedBy(deed);
    const nobody = cell(null, wants);
    return SHARES_PCT.map((sharePct) => {
      const without = cell({ deed, names: 100, sharePct, vouched: false }, wants);
      const by = NAMES.map((names) =>
        names === 1 || deed === 'fails on the candidate' ? cell({ deed, names, sharePct, vouched: true }, wants) : '',
      );
      const what = wants === 'rollback' ? 'a good one is rolled back' : 'a bad one is promoted';
      return [what, deed, `${sharePct} %`, nobody, without, ...by];
    });
  });
  const head = ['error', 'he', 'his share', 'without him', 'without the role', ...NAMES.map((k) => `k = ${k}`)];
  return [
    `Seed ${seed}, ${rollouts} rollouts a cell, with 95 % limits (Wilson). Repeat it with \`npm run bench -- decisions --attack --rollouts ${rollouts} --seeds ${seed}\`.`,
    [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
  ].join('\n\n');
};
