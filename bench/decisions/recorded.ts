import { parseArgs } from 'node:util';
import type { Promotion } from '../../controller/rollout/strategy.ts';
import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { SUBJECT_BUCKETS } from '../../schemas/exchange.ts';
import { MICRO } from '../../schemas/window.ts';
import { quantile } from '../../schemas/sketch.ts';
import { whole, withUsage } from './arguments.ts';
import type { Contest } from './contest.ts';
import { binomial, seedOf } from './draws.ts';
import { createOurs, type RowsOf, startedAgent } from './ours.ts';
import { flagger } from './peers/flagger.ts';
import { thresholds } from './peers/thresholds.ts';
import { loadRecorded, type ModelName, type Recorded, RECORDED_DIR } from './recorded-data.ts';
import { binStats, rateStats, rowMaker } from './rows.ts';
import type { MetricName } from './scenarios.ts';
import { PLANNED_MINUTES } from './scenarios.ts';
import { MAX_MINUTES } from './simulate.ts';
import { emptyBuckets } from './subjects.ts';
import { median } from './wilson.ts';
import type { ArmMinute } from './world.ts';

/**
 * Rollouts on what real model versions answered (the Berkeley Function Calling Leaderboard): each request is one of the
 * recorded prompts, drawn anew; correctness, errors, latency and tokens are those recorded, the category is a slice.
 */
const USAGE = 'node bench/decisions/recorded.ts [--rollouts 500] [--seed 1] [--rate 600] [--json]';

export const STABLE_MODEL: ModelName = 'gpt-4o-2024-05-13';
export const CANDIDATES: readonly ModelName[] = ['gpt-3.5-turbo-0125', 'gpt-4o-2024-08-06'];

type Slice = { n: number; errors: number; errorBuckets: number[]; failures: number; failureBuckets: number[] };
type RecordedArm = ArmMinute & { slices: readonly Slice[]; tokens: ArmMinute['bins'] };
export type RecordedMinute = { candidate: RecordedArm; stable: RecordedArm };

const newSlice = (): Slice => ({
  n: 0,
  errors: 0,
  errorBuckets: emptyBuckets(),
  failures: 0,
  failureBuckets: emptyBuckets(),
});

const joined = (slices: readonly Slice[], read: (slice: Slice) => readonly number[]): number[] =>
  slices.reduce((sums, slice) => sums.map((sum, i) => sum + read(slice)[i]!), emptyBuckets());

const counted = (bins: readonly number[]): { index: number; count: number }[] => {
  const counts = new Map<number, number>();
  for (const index of bins) counts.set(index, (counts.get(index) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b).map(([index, count]) => ({ index, count }));
};

/** So many requests answered by one model; failed calls have no latency, tokens or score, as in the analyzer. */
export const drawRecorded = (
  recorded: Recorded,
  model: ModelName,
  requests: number,
  random: () => number,
): RecordedArm => {
  const answers = recorded.answers.get(model)!;
  const slices = recorded.categories.map(newSlice);
  const [latencies, tokens]: [number[], number[]] = [[], []];
  for (let i = 0; i < requests; i++) {
    const prompt = Math.floor(random() * answers.length);
    const bucket = Math.floor(random() * SUBJECT_BUCKETS);
    const { error, right, latencyBin, tokensBin } = answers[prompt]!;
    const slice = slices[recorded.categoryOf[prompt]!]!;
    slice.n += 1;
    if (error) {
      slice.errors += 1;
      slice.errorBuckets[bucket]! += 1;
      continue;
    }
    latencies.push(latencyBin);
    tokens.push(tokensBin);
    if (right) continue;
    slice.failures += 1;
    slice.failureBuckets[bucket]! += 1;
  }
  const errors = slices.reduce((sum, slice) => sum + slice.errors, 0);
  return {
    requests,
    errors,
    errorBuckets: joined(slices, (slice) => slice.errorBuckets),
    answers: requests - errors,
    failures: slices.reduce((sum, slice) => sum + slice.failures, 0),
    failureBuckets: joined(slices, (slice) => slice.failureBuckets),
    quality: [],
    bins: counted(latencies),
    slices,
    tokens: counted(tokens),
  };
};

const SLICE = 'category';

const rowsOf =
  (categories: readonly string[]): RowsOf<RecordedMinute> =>
  (minute, view, startMs) =>
    view.arms.flatMap(({ name, version }) => {
      const seen = minute[name === 'candidate' ? 'candidate' : 'stable'];
      if (seen.requests === 0) return [];
      const row = rowMaker(view, { name, version }, startMs);
      const success = (n: number, failures: number, buckets: readonly number[], slice?: string) =>
        row('task_success', rateStats(n, n - failures, buckets), slice);
      return [
        row('accepted', { count: seen.requests, sumMicro: seen.requests * MICRO }),
        row('error_rate', rateStats(seen.requests, seen.errors, seen.errorBuckets)),
        row('latency', binStats(seen.bins)),
        row('tokens', binStats(seen.tokens)),
        success(seen.answers, seen.failures, seen.failureBuckets),
        ...seen.slices.flatMap(({ n, errors, errorBuckets, failures, failureBuckets }, i) => {
          const slice = `${SLICE}=${categories[i]}`;
          if (n === 0) return [];
          const ofErrors = row('error_rate', rateStats(n, errors, errorBuckets), slice);
          return n > errors ? [ofErrors, success(n - errors, failures, failureBuckets, slice)] : [ofErrors];
        }),
      ];
    });

/** Fixed limits as an operator would make them for this agent: five points below what stable gets right, 1.5 times its p99. */
const peersFor = (recorded: Recorded): Record<string, () => Contest<RecordedMinute>> => {
  const stable = recorded.answers.get(STABLE_MODEL)!;
  const success = stable.filter(({ right }) => right).length / stable.length;
  const p99 = quantile(counted(stable.map(({ latencyBin }) => latencyBin)), 0.99)!;
  const metrics: readonly MetricName[] = ['error_rate', 'task_success', 'latency'];
  const min = success - 0.05;
  return {
    thresholds: () => thresholds(metrics, { task_success: { minAbsolute: min, maxRelativeDecrease: 0.1 } }),
    flagger: () => flagger(metrics, { task_success: { min }, latency: { max: 1.5 * p99 } }),
  };
};

const contestsFor = (recorded: Recorded): Record<string, () => Contest<RecordedMinute>> => {
  const metrics = ['error_rate', 'task_success', 'latency', 'tokens'].map((name) => ({ name }));
  const slices = [{ label: SLICE, values: recorded.categories }];
  const ours = (promotion: Promotion): [string, () => Contest<RecordedMinute>] => {
    const begun = startedAgent(metrics, promotion, slices);
    return [`ours, ${promotion}`, () => createOurs(begun, rowsOf(recorded.categories))];
  };
  return { ...Object.fromEntries([ours('timer'), ours('prove'), ours('budget')]), ...peersFor(recorded) };
};

export type RecordedResult = {
  candidate: ModelName;
  method: string;
  rollouts: number;
  rolledBack: number;
  medianMinutes: number | null;
  medianCandidateRequests: number | null;
  promoted: number;
  medianPromotionMinutes: number | null;
  medianPromotionRequests: number | null;
};

type Ended = { outcome: string; minutes: number; candidateRequests: number };

const playOne = (
  recorded: Recorded,
  candidate: ModelName,
  contest: Contest<RecordedMinute>,
  rate: number,
  seed: number,
): Ended => {
  const random = mulberry32(seed);
  let candidateRequests = 0;
  for (let minute = 1; minute <= MAX_MINUTES; minute++) {
    const own = binomial(random, rate, contest.weightPct() / 100);
    candidateRequests += own;
    const outcome = contest.take({
      candidate: drawRecorded(recorded, candidate, own, random),
      stable: drawRecorded(recorded, STABLE_MODEL, rate - own, random),
    });
    if (outcome !== 'running') return { outcome, minutes: minute, candidateRequests };
  }
  return { outcome: 'open', minutes: MAX_MINUTES, candidateRequests };
};

export const playRecorded = (
  recorded: Recorded,
  { rollouts, seed, rate }: { rollouts: number; seed: number; rate: number },
  progress: (text: string) => void = () => {},
): RecordedResult[] =>
  CANDIDATES.flatMap((candidate) =>
    Object.entries(contestsFor(recorded)).map(([method, newContest]) => {
      progress(`${candidate}, ${method}`);
      const ended = Array.from({ length: rollouts }, (_, i) =>
        playOne(recorded, candidate, newContest(), rate, seedOf(seed, i)),
      );
      const back = ended.filter(({ outcome }) => outcome === 'rolled_back');
      const promoted = ended.filter(({ outcome }) => outcome === 'promoted');
      return {
        candidate,
        method,
        rollouts,
        rolledBack: back.length / rollouts,
        medianMinutes: median(back.map(({ minutes }) => minutes)),
        medianCandidateRequests: median(back.map(({ candidateRequests }) => candidateRequests)),
        promoted: promoted.length / rollouts,
        medianPromotionMinutes: median(promoted.map(({ minutes }) => minutes)),
        medianPromotionRequests: median(promoted.map(({ candidateRequests }) => candidateRequests)),
      };
    }),
  );

/** What the versions recorded, in words that the figures can be read by. */
export const versionsOf = (
  recorded: Recorded,
): { model: string; right: number; p99Seconds: number; tokens: number }[] =>
  [...recorded.answers].map(([model, answers]) => ({
    model,
    right: answers.filter(({ right }) => right).length / answers.length,
    p99Seconds: quantile(counted(answers.map(({ latencyBin }) => latencyBin)), 0.99)!,
    tokens:
      answers.reduce((sum, { tokensBin }) => sum + quantile([{ index: tokensBin, count: 1 }], 1)! * 1_000, 0) /
      answers.length,
  }));

const main = (): void => {
  const { values } = parseArgs({
    options: {
      rollouts: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: '600' },
      json: { type: 'boolean', default: false },
    },
  });
  const recorded = loadRecorded();
  if (recorded === null) {
    console.error(`${RECORDED_DIR} is absent: the recorded answers must lie there; nothing was played`);
    process.exitCode = 1;
    return;
  }
  const plan = {
    rollouts: whole('rollouts', values.rollouts, 1, 1_000_000),
    seed: whole('seed', values.seed, 0, 2 ** 31),
    rate: whole('rate', values.rate, 1, 1_000_000),
  };
  const results = playRecorded(recorded, plan, (text) => process.stderr.write(`${text}\n`));
  console.table(versionsOf(recorded));
  console.table(results);
  if (values.json)
    console.log(JSON.stringify({ plannedMinutes: PLANNED_MINUTES, versions: versionsOf(recorded), results }));
};

if (import.meta.main) await withUsage(USAGE, main);
