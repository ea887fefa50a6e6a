import { addSums, type Sum } from '../rules/formulas/bernstein.ts';
import { boundedIncrements } from '../rules/formulas/bounded-score.ts';
import { logIncrement } from '../rules/formulas/rate-ratio.ts';
import type { Grid } from '../rules/formulas/shiryaev-roberts.ts';
import type { Scale } from '../rules/service-reading.ts';
import { laggedSum, NO_SUM, pushSum, type SlotHistory, sumAt } from './slot-history.ts';

/**
 * Whether a version in service has turned worse than its own past. Time is cut into slots; each slot is compared with the slots at the same
 * place of the cycles before it, `lag` slots apart, by the two-sample increments of the rollout's rules (rate-ratio.ts, bounded-score.ts).
 *
 * For a start s and t < s + lag the slots s … t and those that they are compared with are all different ones, so that under H0 "now no
 * worse than tolerated beside the past" the product of their factors from s on is a test supermartingale of its own, whatever the
 * level is at each place of the cycle. The reference is a sample like any other and enters the null with its own uncertainty. By Ville's
 * inequality each start's product reaches c with a chance of at most 1/c, so that over N starts the chance of any alarm is at
 * most N/c: with c = N/α it is α. The largest product over all starts is the CUSUM recursion C ← max(0, C) + ΔL (Page 1954; as an
 * e-CUSUM: Shin, Ramdas & Rinaldo 2024). The sum over starts (Shiryaev–Roberts) has no such bound here, since at any time some of
 * the references to come are known already; a sum over starts may be stopped by them, a single start's product can't gain by it.
 *
 * Alternatives, metrics and slices share α by fixed weights (a union bound).
 */
export const SLOT_MS = 300_000;
const HOUR = 3_600_000 / SLOT_MS;
const DAY = 24 * HOUR;

/** In all that is watched of an agent together, within so much time. */
export const FALSE_ALARM = { chance: 0.05, withinMs: 30 * 86_400_000 } as const;
export const LOG_THRESHOLD = Math.log(FALSE_ALARM.withinMs / SLOT_MS / FALSE_ALARM.chance);

/** How much worse than what it is compared with a slot may be: the ratio of a rate of bad events, and the loss of a mean score. */
export type Tolerance = { ratio: number; loss: number };
/** Beside the same hour of the week. */
export const TOLERATED: Tolerance = { ratio: 1.5, loss: 0.02 };

/**
 * What a slot is compared with once so many slots are known, and what is tolerated beside that. As long as the season is not known, what it may do
 * within the way back is tolerated:
 * - of a rate that swings by 60 % with the hour of the day the mean of an hour and a half and of three hours ago is exceeded 1.52 times at most, and by a score
 *   that swings by .04 by .023. Waves of 30 % and .02 in four hours or more exceed it 1.59 times and by .032 at their steepest; the bets being on twice the rate and a loss of .05
 *   at the least, evidence gathers only beyond 1.73 times and .04. A longer way back would bridge more of the day, and either hour alone half a wave;
 * - a weekend may have 1.75 times the rate of the days before, and a score lower by .04. But beside the days before and the last hours alike no more is
 *   tolerated than beside the last hours: that is worse than the hour of the day accounts for, and too sudden for a weekend.
 */
type Comparison = { lag: number; times: number; tolerated: Tolerance };
/** `sudden`: beside its own evidence the weaker of these two comparisons' counts. */
type Cycle = { name: string; fromSlots: number; sudden?: readonly [Comparison, Comparison] } & Comparison;

const WITHIN_HOURS: Tolerance = { ratio: 1.5, loss: 0.03 };
const LAST_HOURS: Comparison = { lag: 1.5 * HOUR, times: 2, tolerated: WITHIN_HOURS };
const SAME_TIME_OF_DAY = { lag: DAY, times: 7 } as const;
const CYCLES: readonly Cycle[] = [
  { name: 'same hour of week', fromSlots: 14 * DAY, lag: 7 * DAY, times: 2, tolerated: TOLERATED },
  {
    name: 'same time of day',
    fromSlots: 2 * DAY,
    ...SAME_TIME_OF_DAY,
    tolerated: { ratio: 1.75, loss: 0.04 },
    sudden: [{ ...SAME_TIME_OF_DAY, tolerated: WITHIN_HOURS }, LAST_HOURS],
  },
  { name: 'recent', fromSlots: 3 * HOUR, ...LAST_HOURS },
  { name: 'last hour', fromSlots: 0, lag: HOUR / 2, times: 2, tolerated: WITHIN_HOURS },
];
/** The longest way back. */
export const KEPT_SLOTS = 14 * DAY + 1;

const cycleAt = (knownSlots: number): Cycle =>
  CYCLES.find(({ fromSlots }) => knownSlots >= fromSlots) ?? CYCLES[CYCLES.length - 1]!;

/** True ratios beyond the tolerated one, and true losses beyond the tolerated one, that the detector is tuned to. */
const RATIOS: Grid = [
  { effect: 1.34, weight: 0.3 },
  { effect: 2, weight: 0.5 },
  { effect: 4, weight: 0.2 },
];
const LOSSES: Grid = [
  { effect: 0.02, weight: 0.3 },
  { effect: 0.05, weight: 0.5 },
  { effect: 0.15, weight: 0.2 },
];

/** One alternative's evidence since its most telling start; `divided`: with each step divided by the dispersion of its time. */
type Cusum = { logE: number; start: number; divided: number; dividedStart: number };

/** Plain data but for its history; changed in place. `cusums`: by comparison (`comparisonsOf` its cycle), by alternative. */
export type Detector = { history: SlotHistory; cusums: Cusum[][]; cycle: string };

const comparisonsOf = (cycle: Cycle): Comparison[] => [cycle, ...(cycle.sudden ?? [])];

const gridOf = ({ kind }: Scale): Grid => (kind === 'rate' ? RATIOS : LOSSES);
const NO_EVIDENCE: Cusum = { logE: 0, start: 0, divided: 0, dividedStart: 0 };

export const newDetector = (history: SlotHistory): Detector => ({ history, cusums: [], cycle: '' });

/** Forgets the evidence and keeps the past. */
export const resetDetector = (detector: Detector): void => void (detector.cusums = []);

/** The next slot's values. φ ≥ 1 as in dispersion.ts. */
export const stepDetector = (detector: Detector, slot: number, now: Sum, scale: Scale, phi: number): void => {
  const { history } = detector;
  const cycle = cycleAt(slot - history.first);
  if (cycle.name !== detector.cycle) resetDetector(detector);
  detector.cycle = cycle.name;
  const comparisons = comparisonsOf(cycle);
  const references = comparisons.map(({ lag, times }) => laggedSum(history, slot, lag, times));
  pushSum(history, now, KEPT_SLOTS);
  if (now.n === 0) return;
  detector.cusums = comparisons.map(({ lag, tolerated }, c) => {
    const [before, reference] = [detector.cusums[c] ?? [], references[c]!];
    if (reference.n === 0) return before;
    return incrementsOf(scale, now, reference, tolerated).map((increment, k) =>
      stepCusum(before[k] ?? NO_EVIDENCE, increment, { phi, slot, lag }),
    );
  });
};

const stepCusum = (
  { logE, start, divided, dividedStart }: Cusum,
  increment: number,
  { phi, slot, lag }: { phi: number; slot: number; lag: number },
): Cusum => {
  const goesOn = logE > 0 && slot - start < lag;
  const dividedGoesOn = divided > 0 && slot - dividedStart < lag;
  return {
    logE: (goesOn ? logE : 0) + increment,
    start: goesOn ? start : slot,
    divided: (dividedGoesOn ? divided : 0) + increment / phi,
    dividedStart: dividedGoesOn ? dividedStart : slot,
  };
};

const incrementsOf = (scale: Scale, now: Sum, reference: Sum, { ratio, loss }: Tolerance): number[] => {
  const effects = gridOf(scale).map(({ effect }) => effect);
  if (scale.kind === 'score') return boundedIncrements({ candidate: now, baseline: reference }, scale, effects, loss);
  const [x, k, w] = [now.s1, now.s1 + reference.s1, now.n / (now.n + reference.n)];
  return effects.map((r) => logIncrement({ x, k, w, r, r0: ratio }));
};

type Evidence = { logE: number; start: number };
const NONE: Evidence = { logE: -Infinity, start: 0 };

/**
 * The strongest evidence there is: its logarithm with the alternative's weight, and the slot that it begins in. The weaker of two is bounded as long as one of
 * their nulls holds, whichever; where it counts beside the cycle's own, each has half of α.
 */
export const evidenceOf = ({ cusums }: Detector, scale: Scale): Evidence => {
  const [own = NONE, ...sudden] = cusums.map((one) => strongest(one, scale));
  if (sudden.length === 0) return own;
  const weaker = sudden.reduce((least, one) => (one.logE < least.logE ? one : least));
  const { logE, start } = weaker.logE > own.logE ? weaker : own;
  return { logE: logE - Math.log(2), start };
};

const strongest = (cusums: readonly Cusum[], scale: Scale): Evidence => {
  const grid = gridOf(scale);
  return cusums.reduce((best, { logE, divided, start, dividedStart }, k) => {
    const weighted = Math.min(logE, divided) + Math.log(grid[k]?.weight ?? 0);
    return weighted > best.logE ? { logE: weighted, start: divided < logE ? dividedStart : start } : best;
  }, NONE);
};

/** The values from one slot to another, both included, and what they were compared with. */
export const sidesSince = ({ history }: Detector, from: number, through: number): { before: Sum; after: Sum } => {
  const { lag, times } = cycleAt(through - history.first);
  let [before, after] = [NO_SUM, NO_SUM];
  for (let slot = from; slot <= through; slot++) {
    after = addSums(after, sumAt(history, slot));
    before = addSums(before, laggedSum(history, slot, lag, times));
  }
  return { before, after };
};
