import type { AbSpec } from '../../schemas/documents.ts';
import { eText } from '../../schemas/decision-text.ts';
import { ALL } from '../../schemas/whole-slice.ts';
import { armsText, entryOfGuard, guardComponents } from './experiment-evidence.ts';
import { controlOf, type Experiment, type ExperimentPlan, type Traffic } from '../evidence/experiment.ts';
import { goalOf, logBeats, logIsWithin } from '../evidence/experiment-goal.ts';
import type { Goal, GoalState } from '../rules/goals/goal-comparison.ts';
import { logWeightedMean } from '../rules/formulas/e-value-average.ts';

/** What an experiment's evidence says: who won, that nobody can, that an arm does harm, or why none of this is proven. */
export type ExperimentVerdict = {
  /** In words that a reader can check. */
  reason: string;
  /** What decided, its e-value and what that is held against; null where nothing did. */
  metric: string | null;
  slice: string | null;
  logE: number | null;
  logThreshold: number | null;
  /** The latest windows that it rests on. */
  keys: readonly string[];
} & (
  | { kind: 'winner'; arm: string }
  | { kind: 'equivalent' }
  | { kind: 'harmful'; arm: string; metric: string; slice: string }
  | { kind: 'not_enough' }
);

/** As of a canary: telemetry of two arms may differ by so much. */
const MAX_UNEVEN = 0.005;

/**
 * What the evidence so far proves. It may be asked after every window, for every e-value below is one of an e-process, so that its
 * chance of ever reaching 1/x under its null is at most x (Ville's inequality). With k arms and α:
 *
 * **Winner.** Arm i wins when for every other arm j the e-value against "i is no better than j" is at least k/α. *A false
 * winner (one that does not beat every other arm) has a chance of at most α:* to each arm i that does not beat all others
 * belongs an arm j(i) that i is no better than, fixed by the truth alone. Naming i asks among others for
 * E_{i,j(i)} ≥ k/α, whose chance is at most α/k, since its null is true. Such arms are at most k; add up. (Within one arm nothing
 * is lost to the number of others: Berger 1982.)
 *
 * **Equivalent.** For all ordered pairs the e-value against "i's mean is at least (1 + margin) times j's" is at least 1/α. *Its
 * chance is at most α if any pair is that far apart:* that pair's null is true, and its e-value alone would have to reach 1/α
 * (intersection–union, Berger 1982). A winner goes before: an arm may be proven better, and by less than the margin.
 *
 * **Harmful.** The rules of a canary compare each arm but control with control. An arm's E is the average of its guardrails' and
 * slices' e-values with fixed weights, which is an e-process under "the arm is no worse than tolerated in any" however they
 * depend on each other (Vovk & Wang 2021). It is harmful at E ≥ (k − 1)/α. *If no arm is worse, one is called harmful with a
 * chance of at most α:* each of k − 1 arms with at most α/(k − 1).
 *
 * So each of the three kinds of false statement has a chance of at most α, over the whole experiment. Winner and equivalence ask for
 * `minRequests` of each arm and for even telemetry, harm for neither.
 */
export const experimentVerdict = (experiment: Experiment, plan: ExperimentPlan): ExperimentVerdict => {
  const harm = worstArm(experiment, plan);
  if (harm !== null && harm.logE !== null && harm.logE >= harm.logThreshold!) return harm;
  const goal = goalOf(plan.spec);
  if (goal === null || experiment.goal === null) return notEnough('it has no goal, so nobody wins by itself');
  const short = shortfall(experiment.traffic, goal, plan.spec) ?? unevenScores(experiment.traffic, goal);
  if (short !== null) return notEnough(short, goal);
  return goalVerdict(experiment, experiment.goal, goal, plan.spec);
};

const notEnough = (reason: string, goal?: Goal): ExperimentVerdict => ({
  kind: 'not_enough',
  reason,
  metric: goal?.spec.metric ?? null,
  slice: goal === undefined ? null : ALL,
  logE: null,
  logThreshold: null,
  keys: [],
});

const goalVerdict = (experiment: Experiment, state: GoalState, goal: Goal, { alpha }: AbSpec): ExperimentVerdict => {
  const k = goal.arms.length;
  const logWin = Math.log(k / alpha);
  const logSame = Math.log(1 / alpha);
  const of = { metric: goal.spec.metric, slice: ALL, keys: experiment.keys };
  const leader = leaderOf(state, goal);
  const same = Math.min(...pairsOf(k).map(([i, j]) => logIsWithin(state, goal, i, j)));
  const arms = armsText(experiment, goal);
  const marginText = `${Number((100 * goal.spec.margin).toPrecision(3))} %`;
  if (leader.logE >= logWin)
    return {
      kind: 'winner',
      arm: goal.arms[leader.arm]!,
      reason: `arm ${goal.arms[leader.arm]} wins: it beats every other arm in ${arms}; the least of its e-values, against ${goal.arms[leader.against]}, is ${eText(leader.logE)} ≥ ${eText(logWin)}`,
      ...of,
      logE: leader.logE,
      logThreshold: logWin,
    };
  if (same >= logSame)
    return {
      kind: 'equivalent',
      reason: `all arms are equivalent within ${marginText} in ${arms}; the least e-value is ${eText(same)} ≥ ${eText(logSame)}`,
      ...of,
      logE: same,
      logThreshold: logSame,
    };
  return {
    kind: 'not_enough',
    reason: `not enough to tell in ${arms}; nearest to win is ${goal.arms[leader.arm]} with e=${eText(leader.logE)} of ${eText(logWin)} against ${goal.arms[leader.against]}, and equivalence within ${marginText} has e=${eText(same)} of ${eText(logSame)}`,
    ...of,
    logE: leader.logE,
    logThreshold: logWin,
  };
};

const pairsOf = (k: number): [number, number][] =>
  Array.from({ length: k * k }, (_, pair): [number, number] => [Math.floor(pair / k), pair % k]).filter(
    ([i, j]) => i !== j,
  );

/** The arm whose least e-value against the others is largest, and the arm that it is least against. */
const leaderOf = (state: GoalState, goal: Goal): { arm: number; against: number; logE: number } => {
  const least = goal.arms.map((_, i) =>
    goal.arms
      .map((_arm, j) => ({ arm: i, against: j, logE: i === j ? Infinity : logBeats(state, goal, i, j) }))
      .reduce((a, b) => (b.logE < a.logE ? b : a)),
  );
  return least.reduce((a, b) => (b.logE > a.logE ? b : a));
};

/** Why what was seen of the arms can't be compared; null if it can. */
const shortfall = (
  traffic: readonly Traffic[],
  { metric }: Goal,
  { arms, minRequests, minCoverage }: AbSpec,
): string | null => {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const least = Math.max(1, minRequests);
  const leftOut = traffic.map((arm) => (metric.source === 'scores' ? arm.leftOut : 0));
  const few = traffic.findIndex(({ requests }, i) => requests - leftOut[i]! < least);
  if (few >= 0) {
    const unscored = leftOut[few]! > 0 ? `, and ${leftOut[few]} that the judge left out because it was behind` : '';
    return `arm ${arms[few]!.name} has ${traffic[few]!.requests - leftOut[few]!} of ${least} requests${unscored}`;
  }
  const shares = {
    'telemetry covers': traffic.map(({ accepted, requests }) => (accepted > 0 ? Math.min(1, requests / accepted) : 1)),
    'values of the goal cover': traffic.map(({ judged, errors }) =>
      judged + errors > 0 ? judged / (judged + errors) : 1,
    ),
  };
  for (const [what, covered] of Object.entries(shares)) {
    const worst = Math.min(...covered);
    const arm = arms[covered.indexOf(worst)]!.name;
    if (worst < minCoverage) return `${what} ${percent(worst)} of arm ${arm}, less than ${percent(minCoverage)}`;
    if (Math.max(...covered) - worst > MAX_UNEVEN)
      return `${what} ${percent(worst)} of arm ${arm}, uneven by more than half a point`;
  }
  return null;
};

const UNEVEN_SIGMAS = 3;

/**
 * Of a goal from scores: whether some arms' answers are scored more often than others', beyond half a point and chance. A judge that
 * lags, or sees a share, does so in all arms alike; one that leaves out an arm's answers leaves out no random ones.
 */
const unevenScores = (traffic: readonly Traffic[], { metric, arms }: Goal): string | null => {
  if (metric.source !== 'scores') return null;
  const shares = traffic.map(({ requests, failed, judged, errors }) => {
    const served = Math.max(requests - failed, judged + errors, 1);
    return { share: judged / served, variance: 1 / served };
  });
  const low = shares.reduce((a, b) => (b.share < a.share ? b : a));
  const high = shares.reduce((a, b) => (b.share > a.share ? b : a));
  const middle = (low.share + high.share) / 2;
  const noise = UNEVEN_SIGMAS * Math.sqrt(middle * (1 - middle) * (low.variance + high.variance));
  if (high.share - low.share <= MAX_UNEVEN + noise) return null;
  const told = ({ share }: { share: number }): string => `${(100 * share).toFixed(1)} %`;
  const name = (of: { share: number; variance: number }): string => arms[shares.indexOf(of)]!;
  return `scores cover ${told(low)} of the answers of arm ${name(low)} and ${told(high)} of those of arm ${name(high)}`;
};

/** The arm with the largest E against it; null without guardrails. */
const worstArm = (experiment: Experiment, plan: ExperimentPlan): (ExperimentVerdict & { kind: 'harmful' }) | null => {
  const control = controlOf(plan.spec);
  const others = plan.spec.arms.filter(({ name }) => name !== control);
  const logThreshold = Math.log(others.length / plan.spec.alpha);
  const harms = others.flatMap(({ name }) => {
    const components = guardComponents(experiment, plan, name);
    return components.length === 0 ? [] : [{ name, ...logWeightedMean(components) }];
  });
  const [first, ...rest] = harms;
  if (first === undefined) return null;
  const worst = rest.reduce((a, b) => (b.logE > a.logE ? b : a), first);
  const { plan: metric, slice, cell } = worst.decides;
  const told = entryOfGuard(worst.decides, worst.name, control, plan.spec.alpha).detail;
  const where = slice === ALL ? '' : ` on ${slice}`;
  return {
    kind: 'harmful',
    arm: worst.name,
    metric: metric.spec.name,
    slice,
    reason: `arm ${worst.name} is worse than ${control} in ${metric.spec.name}${where}: ${told}; E=${eText(worst.logE)} ≥ ${eText(logThreshold)}`,
    logE: worst.logE,
    logThreshold,
    keys: cell?.keys ?? [],
  };
};
