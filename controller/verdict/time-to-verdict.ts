import type { CanarySpec } from '../../schemas/documents.ts';
import type { TimeToVerdict, ToleranceField } from '../../schemas/time-to-verdict.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { type RecentTraffic, requestsPerMinute } from '../evidence/recent-traffic.ts';
import { cellKey, type RolloutEvidence } from '../evidence/rollout-evidence.ts';
import { type MetricPlan, metricPlans } from '../rollout/metric-plan.ts';
import { hasShadowPhase, promotionOf } from '../rollout/strategy.ts';
import type { Bet } from '../rules/decision-rule.ts';
import { passageChance } from '../rules/formulas/first-passage.ts';
import { ruleOf } from '../rules/table.ts';
import { expectedPath, type PathSegment, type PathStart } from './expected-path.ts';
import { type ExpectedValues, expectedOf } from './expected-values.ts';
import { proofIn } from './proof.ts';

/** How many of the verdicts on a good candidate are to come within the time that is told. The guess aims a little higher. */
export const WITHIN = 0.8;
const AIM = 0.92;
const DAY_MINUTES = 1_440;
/** What a window shows counts at its end, and moves the weight of the next. */
const LATE_WINDOWS = 2;
/** Without traffic minutes mean nothing, requests do: those of a team with as much. */
const ASSUMED_PER_MINUTE = 10;

type Reached = { requests: number; minutes: number } | null;

/**
 * How many requests and minutes a candidate that is as good as stable needs until its promotion, from now on: each metric's proof is a random walk
 * whose drift and variance the rule knows of what stable's answers were worth of late, and the time is that of its first passage over
 * ln(1/α). All metrics must pass, so their chances are multiplied; the time is the one by which that is likely enough.
 *
 * Of a rollout that has not begun to move traffic it counts from the first stage on, plus what its shadow is planned to take.
 */
export const timeToVerdict = (
  spec: CanarySpec,
  start: PathStart,
  evidence: RolloutEvidence,
  traffic: RecentTraffic,
): TimeToVerdict => {
  const plans = metricPlans(spec);
  const byProof = promotionOf(spec) !== 'timer';
  const perMinute = requestsPerMinute(traffic);
  const rate = perMinute ?? ASSUMED_PER_MINUTE;
  const expected = byProof ? expectedOf(plans, evidence, traffic) : new Map<MetricPlan, null>();
  const path = expectedPath(spec, start, evidence, byRowsOf(expected), rate);
  const windowMinutes = Math.max(1_000, traffic.windowMs || 60_000) / 60_000;
  const shadowMinutes = start.stage < 0 && hasShadowPhase(spec) ? spec.shadow.duration / 60_000 : 0;
  const beforeMinutes = shadowMinutes + (byProof ? LATE_WINDOWS * windowMinutes : 0);
  const way: Way = { path, perMinute, beforeMinutes };
  if (!byProof) return { requestsPerMinute: perMinute, ...toldOf(way, endOf(path)), metrics: [], instead: null };
  const perWindow = rate * windowMinutes;
  const threshold = Math.log(1 / spec.alpha);
  const open = [...expected].flatMap(([plan, values]): Open[] => {
    const cell = evidence.cells.get(cellKey(plan.spec.name, ALL));
    const state = cell?.state ?? ruleOf(plan.metric).initial();
    return proofIn(cell, plan) >= threshold ? [] : [{ plan, values, state, perWindow, threshold }];
  });
  const chances = open.map((one) => chancesOf(one, path));
  const all = toldOf(way, reachedAt(path, productOf(chances, path)));
  const least = Math.max(0, spec.minRequests - start.stageRequests);
  const metrics = open
    .map(({ plan, values }, i) => ({
      metric: plan.spec.name,
      ...toldOf(way, reachedAt(path, chances[i]!)),
      applies: values?.applies ?? 0,
      tolerance: toleranceOf(plan),
    }))
    .toSorted((a, b) => (b.requests ?? Infinity) - (a.requests ?? Infinity));
  return {
    requestsPerMinute: perMinute,
    requests: all.requests === null ? null : Math.max(least, all.requests),
    minutes: all.minutes,
    metrics,
    instead: isSoon(all.minutes) || perMinute === null ? null : insteadOf(metrics[0]?.metric, open, chances, way),
  };
};

/** What is not proven yet, and what its bets are made of. */
type Open = {
  plan: MetricPlan;
  values: ExpectedValues | null;
  state: unknown;
  perWindow: number;
  threshold: number;
};
type Way = { path: readonly PathSegment[]; perMinute: number | null; beforeMinutes: number };

const isSoon = (minutes: number | null): boolean => minutes !== null && minutes <= DAY_MINUTES;

const byRowsOf = (expected: ReadonlyMap<MetricPlan, ExpectedValues | null>): Map<string, ExpectedValues> =>
  new Map([...expected].flatMap(([plan, values]) => (values === null ? [] : [[plan.metric.rows, values] as const])));

const toldOf = (
  { perMinute, beforeMinutes }: Way,
  found: Reached,
): { requests: number | null; minutes: number | null } => ({
  requests: found === null ? null : Math.ceil(found.requests),
  minutes: found === null || perMinute === null ? null : found.minutes + beforeMinutes,
});

/** That all are proven: metrics are taken as independent. */
const productOf = (chances: readonly (readonly number[])[], path: readonly PathSegment[]): number[] =>
  path.map((_, i) => chances.reduce((product, chance) => product * chance[i]!, 1));

/** The chance that a metric is proven by the end of each segment: that of its likeliest bet. */
const chancesOf = ({ plan, values, state, perWindow, threshold }: Open, path: readonly PathSegment[]): number[] => {
  if (values === null) return path.map(() => 0);
  const { applies, level } = values;
  const walked: { drift: number; variance: number; lives: number }[] = [];
  const rule = ruleOf(plan.metric);
  const betsAt = new Map<number, readonly Bet[]>();
  return path.map(({ weightPct, candidateRequests }) => {
    const answers = perWindow * applies;
    const sizes = { candidate: (answers * weightPct) / 100, stable: (answers * (100 - weightPct)) / 100 };
    const bets = betsAt.get(weightPct) ?? rule.bets(state, plan, level, sizes);
    betsAt.set(weightPct, bets);
    const added = candidateRequests * applies;
    const chances = bets.map(({ logE, drift, variance, ends }, k) => {
      const before = walked[k] ?? { drift: 0, variance: 0, lives: 1 };
      const now = {
        drift: before.drift + drift * added,
        variance: before.variance + variance * added,
        lives: before.lives * (1 - ends) ** added,
      };
      walked[k] = now;
      return now.lives * passageChance(threshold - logE, now.drift, now.variance);
    });
    return Math.max(0, ...chances);
  });
};

/** Where on the path the chance is large enough, between the ends of two segments by a straight line. */
const reachedAt = (path: readonly PathSegment[], chance: readonly number[]): Reached => {
  let [requests, minutes, before] = [0, 0, 0];
  for (const [i, segment] of path.entries()) {
    const now = chance[i]!;
    if (now >= AIM) {
      const part = now > before ? (AIM - before) / (now - before) : 1;
      return { requests: requests + part * segment.candidateRequests, minutes: minutes + part * segment.minutes };
    }
    requests += segment.candidateRequests;
    minutes += segment.minutes;
    before = now;
  }
  return null;
};

const endOf = (path: readonly PathSegment[]): Reached => ({
  requests: path.reduce((sum, { candidateRequests }) => sum + candidateRequests, 0),
  minutes: path.reduce((sum, { minutes }) => sum + minutes, 0),
});

const toleranceOf = ({ metric, spec }: MetricPlan): { field: ToleranceField; value: number } => {
  const field = ruleOf(metric).proves;
  return { field, value: spec[field] };
};

/** Tolerances that a person may think of, in order. */
const LADDER: Readonly<Record<ToleranceField, readonly number[]>> = {
  rateFloor: [0.005, 0.01, 0.02, 0.03, 0.05, 0.1],
  deltaMax: [0.05, 0.1, 0.15, 0.2],
  ratioMax: [1.5, 2, 3, 5],
};

/** The least tolerance of one metric, the slowest, with which all is over within a day; null where it can't be by that alone. */
const insteadOf = (
  metric: string | undefined,
  open: readonly Open[],
  chances: readonly (readonly number[])[],
  way: Way,
): TimeToVerdict['instead'] => {
  const at = open.findIndex(({ plan }) => plan.spec.name === metric);
  const slowest = open[at];
  if (slowest === undefined) return null;
  const { field, value: now } = toleranceOf(slowest.plan);
  for (const value of LADDER[field].filter((one) => one > now)) {
    const plan = { ...slowest.plan, spec: { ...slowest.plan.spec, [field]: value } };
    const tried = chances.with(at, chancesOf({ ...slowest, plan }, way.path));
    const { minutes } = toldOf(way, reachedAt(way.path, productOf(tried, way.path)));
    if (minutes !== null && isSoon(minutes)) return { metric: plan.spec.name, field, value, minutes };
  }
  return null;
};
