import { mulberry32 } from '../../controller/rules/formulas/sampling.fixture.ts';
import { binIndex } from '../../schemas/sketch.ts';
import { binomial, type Random } from './draws.ts';
import { LATENCY_SIGMA, MAX_ITEMS_PER_MINUTE, type MetricName, type Scenario } from './scenarios.ts';
import { type ArmMinute, createMinutes, createWorld, type Drift, type Minute, STEADY, type World } from './world.ts';

/**
 * Judges that score a share of the answers: how the share goes on, minute by minute. Each minute is drawn in two halves, so
 * that the share may change within a window.
 *
 * - `all`: every answer is scored.
 * - `steps`: 100, 30, 10 and 3 %, each for seven minutes, whatever is seen.
 * - `slow`: falls by a third after a minute with more slow answers than usual in both arms together, and rises by a third after others.
 * - `adverse`: all after a minute in which the candidate's scored tasks failed more often than stable's, else a tenth. No judge does
 *   this; it is what would most mislead a rule that must not mind how much is scored.
 * - `within`: anew by chance for each half of a minute, and in the second half both versions are worse than in the first.
 * - `greedy`: as `adverse`, but by the first half of the same minute. The argument of docs/decision-rules.md does not cover it.
 */
export const JUDGE_SHARES = ['all', 'steps', 'slow', 'adverse', 'within', 'greedy'] as const;
export type JudgeShare = (typeof JUDGE_SHARES)[number];

/** The share of one half: told the minute, and what the minute before and the half before in the same minute showed. */
type ShareOf = (seen: { minute: number; before: Minute | null; firstHalf: Minute | null }) => number;

const STEPS = [1, 0.3, 0.1, 0.03] as const;
const MINUTES_PER_STEP = 7;
const LOW = 0.1;
const LEAST = 0.03;

const shareRules: Readonly<Record<Exclude<JudgeShare, 'all'>, (random: Random) => ShareOf>> = {
  steps:
    () =>
    ({ minute }) =>
      STEPS[Math.floor(minute / MINUTES_PER_STEP) % STEPS.length]!,
  slow: () => {
    let share = 1;
    return ({ before, firstHalf }) => {
      if (before !== null && firstHalf === null)
        share = Math.min(1, Math.max(LEAST, share * (isSlow(before) ? 2 / 3 : 3 / 2)));
      return share;
    };
  },
  adverse:
    () =>
    ({ before }) =>
      before === null || failsMore(before) ? 1 : LOW,
  within: (random) => () => LEAST + (1 - LEAST) * random() ** 2,
  greedy:
    () =>
    ({ firstHalf }) =>
      firstHalf === null ? 0.5 : failsMore(firstHalf) ? 1 : LEAST,
};

/** What the second half of a minute is like where the share changes within it. */
const WORSE: Drift = { rates: 1.5, quality: -0.03, slower: 1 };

/** The made-up world as a judge shows it that scores a share of its answers. */
export const createSharedWorld = (
  scenario: Scenario,
  { rate, metrics, seed, share }: { rate: number; metrics: readonly MetricName[]; seed: number; share: JudgeShare },
): World => {
  if (share === 'all') return createWorld(scenario, { rate, metrics, seed });
  const random = mulberry32(seed);
  const half = createMinutes(scenario, { rate: rate / 2, metrics }, random);
  const shareOf = shareRules[share](random);
  let before: Minute | null = null;
  return (minute, weightPct) => {
    const scored = (firstHalf: Minute | null): Minute => {
      const { candidate, stable } = half(minute, weightPct, share === 'within' && firstHalf !== null ? WORSE : STEADY);
      const now = shareOf({ minute, before, firstHalf });
      return { candidate: thinned(random, candidate, now), stable: thinned(random, stable, now) };
    };
    const first = scored(null);
    const second = scored(first);
    before = {
      candidate: joined(random, first.candidate, second.candidate),
      stable: joined(random, first.stable, second.stable),
    };
    return before;
  };
};

const failsMore = ({ candidate, stable }: Minute): boolean =>
  candidate.failures * Math.max(1, stable.answers) > stable.failures * Math.max(1, candidate.answers);

/** As many as a tenth are usual: the tail of a log-normal beyond 1.3 sigma. */
const SLOW_SHARE = 0.0968;
const SLOW_INDEX = binIndex(Math.exp(1.3 * LATENCY_SIGMA));
const isSlow = ({ candidate, stable }: Minute): boolean => {
  const bins = [...candidate.bins, ...stable.bins];
  const all = bins.reduce((sum, { count }) => sum + count, 0);
  const slow = bins.reduce((sum, { index, count }) => (index >= SLOW_INDEX ? sum + count : sum), 0);
  return slow > SLOW_SHARE * all;
};

/** What is left of an arm's half minute when each answer is scored with the same chance, whatever it is. */
export const thinned = (random: Random, arm: ArmMinute, share: number): ArmMinute => {
  const failureBuckets = arm.failureBuckets.map((failures) => binomial(random, failures, share));
  const failures = failureBuckets.reduce((sum, n) => sum + n, 0);
  const answers = failures + binomial(random, arm.answers - arm.failures, share);
  return { ...arm, answers, failures, failureBuckets, quality: arm.quality.slice(0, answers), spoken: arm.answers };
};

/** Two halves of an arm's minute as one. */
export const joined = (random: Random, a: ArmMinute, b: ArmMinute): ArmMinute => {
  const sum = (one: readonly number[], other: readonly number[]): number[] => one.map((n, i) => n + other[i]!);
  const bins = new Map(a.bins.map(({ index, count }) => [index, count]));
  for (const { index, count } of b.bins) bins.set(index, (bins.get(index) ?? 0) + count);
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    errorBuckets: sum(a.errorBuckets, b.errorBuckets),
    answers: a.answers + b.answers,
    spoken: (a.spoken ?? a.answers) + (b.spoken ?? b.answers),
    failures: a.failures + b.failures,
    failureBuckets: sum(a.failureBuckets, b.failureBuckets),
    quality: drawItems(random, a, b),
    bins: [...bins].sort(([i], [j]) => i - j).map(([index, count]) => ({ index, count })),
  };
};

/** As many scores as a minute may have, from both halves as it chances: their ids are hashes. */
const drawItems = (random: Random, a: ArmMinute, b: ArmMinute): number[] => {
  if (a.quality.length + b.quality.length === 0) return [];
  const n = Math.min(a.answers + b.answers, MAX_ITEMS_PER_MINUTE);
  let [left, right] = [a.answers, b.answers];
  return Array.from({ length: n }, () => {
    const isLeft = random() * (left + right) < left;
    if (isLeft) return a.quality[a.answers - left--]!;
    return b.quality[b.answers - right--]!;
  });
};
