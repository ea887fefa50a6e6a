/**
 * The plain checker: fixed thresholds on one metric's value, all four kinds honoured. It bounds no error rate; a rollout
 * that uses it says so. The numbers mean:
 *
 * - maxAbsolute 0.05: fails when the candidate is above 0.05.
 * - maxRelativeIncrease 2.0: a *ratio*, not an increment: fails when candidate/baseline is above 2.0, more than twice as
 *   much. 1.5 on a p99 latency allows up to 1.5 times the baseline's p99. Any rise from a baseline of 0 fails.
 * - minAbsolute 0.90: fails when the candidate is below 0.90.
 * - maxRelativeDecrease 0.1: a *fraction*: fails when the candidate is more than 10 % below the baseline,
 *   under 0.9 × baseline.
 *
 * A value at its limit passes (but for rounding in the last digits). Values are ≥ 0, in the metric's own unit.
 */
export type ThresholdRule = {
  maxAbsolute?: number | undefined;
  maxRelativeIncrease?: number | undefined;
  minAbsolute?: number | undefined;
  maxRelativeDecrease?: number | undefined;
};

export type ThresholdInput = {
  metric: string;
  /** Undefined where the arm has no value. */
  candidate: number | undefined;
  baseline: number | undefined;
  candidateN: number;
  baselineN: number;
  rule: ThresholdRule;
};

type ThresholdName = 'maxAbsolute' | 'maxRelativeIncrease' | 'minAbsolute' | 'maxRelativeDecrease';

/** One rule broken: the candidate's value is beyond `limit`, which for a relative rule is computed from the baseline. */
type Breach = { rule: ThresholdName; value: number; limit: number; candidate: number; baseline: number | null };

export type ThresholdVerdict = { metric: string; candidateN: number; baselineN: number } & (
  | { outcome: 'pass' }
  | { outcome: 'fail'; breaches: readonly [Breach, ...Breach[]] }
  | { outcome: 'missing'; missing: 'candidate' | 'baseline' }
);

/**
 * Checks every threshold that the rule sets. `fail` if any is broken; else `missing` if any could not be checked for want of
 * a value (none, not finite, or of no samples); `pass` only if all were checked and held.
 * Throws RangeError for a rule without any threshold, or with one that is not a number ≥ 0: it could never fail.
 */
export const checkThresholds = (input: ThresholdInput): ThresholdVerdict => {
  const { metric, candidateN, baselineN } = input;
  const head = { metric, candidateN, baselineN };
  const thresholds = thresholdsOf(input);
  const candidate = usable(input.candidate, candidateN);
  const baseline = usable(input.baseline, baselineN);
  if (candidate === undefined) return { ...head, outcome: 'missing', missing: 'candidate' };

  const breaches: Breach[] = [];
  let unchecked = false;
  for (const [rule, value] of thresholds) {
    const limit = limitOf(rule, value, baseline);
    if (limit === undefined) unchecked = true;
    else if (beyond(rule, candidate, limit))
      breaches.push({ rule, value, limit, candidate, baseline: baseline ?? null });
  }
  const [first, ...rest] = breaches;
  if (first !== undefined) return { ...head, outcome: 'fail', breaches: [first, ...rest] };
  return unchecked ? { ...head, outcome: 'missing', missing: 'baseline' } : { ...head, outcome: 'pass' };
};

const NAMES: readonly ThresholdName[] = ['maxAbsolute', 'maxRelativeIncrease', 'minAbsolute', 'maxRelativeDecrease'];
const ROUNDING = 1e-9;

const thresholdsOf = ({ metric, rule }: ThresholdInput): [ThresholdName, number][] => {
  const set = NAMES.flatMap((name): [ThresholdName, number][] => {
    const value = rule[name];
    return value === undefined ? [] : [[name, value]];
  });
  if (set.length === 0) throw new RangeError(`the thresholds of ${metric} set none of ${NAMES.join(', ')}`);
  for (const [name, value] of set)
    if (!(value >= 0 && value < Infinity))
      throw new RangeError(`${name} of ${metric} must be a number ≥ 0, got ${value}`);
  return set;
};

const usable = (value: number | undefined, n: number): number | undefined =>
  value !== undefined && Number.isFinite(value) && n > 0 ? value : undefined;

const limitOf = (rule: ThresholdName, value: number, baseline: number | undefined): number | undefined => {
  if (rule === 'maxAbsolute' || rule === 'minAbsolute') return value;
  if (baseline === undefined) return undefined;
  return rule === 'maxRelativeIncrease' ? baseline * value : baseline * (1 - value);
};

const beyond = (rule: ThresholdName, candidate: number, limit: number): boolean => {
  const slack = ROUNDING * Math.abs(limit);
  return rule === 'maxAbsolute' || rule === 'maxRelativeIncrease'
    ? candidate > limit + slack
    : candidate < limit - slack;
};
