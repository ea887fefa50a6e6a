import { MICRO, type WindowRow } from '../../schemas/window.ts';
import { type Counted, countedHarm, initialCounted, stepCounted } from './counted-evidence.ts';
import type { MetricPlan } from '../rollout/metric-plan.ts';
import { rateUpperLimit } from '../rules/absolute-rate.ts';
import { divisor } from '../rules/dispersion.ts';
import { divided } from '../rules/late.ts';
import { initialProof, type RateProof, stepProof } from '../rules/rate-proof.ts';
import type { RateWindow } from '../rules/rate-ratio.ts';

/** The rows of one stratum: one window under one routing sequence. */
export type Pair = { candidate: WindowRow | undefined; stable: WindowRow | undefined };

/** Bad events by subject bucket, cumulative over the rollout. */
type Buckets = { candidate: readonly number[]; stable: readonly number[] };

/** Of rates: rules 1, 7, 8 and 9. */
export type RateEvidence = Counted & { rule: 'rate'; buckets: Buckets; phi: number; proof: RateProof };

export const newRate = (): RateEvidence => ({
  rule: 'rate',
  ...initialCounted(),
  buckets: { candidate: [], stable: [] },
  phi: 1,
  proof: initialProof(),
});

/** Rule 8's φ includes the window that it divides. */
export const stepRate = (before: RateEvidence, plan: MetricPlan, pairs: readonly Pair[]): RateEvidence => {
  const buckets: Buckets = {
    candidate: pairs.reduce((sums, { candidate }) => addBuckets(sums, candidate), before.buckets.candidate),
    stable: pairs.reduce((sums, { stable }) => addBuckets(sums, stable), before.buckets.stable),
  };
  const phi = divisor(buckets.stable, buckets.candidate);
  const { r0, rMax, rateFloor } = plan.spec;
  const stepped = pairs.reduce<RateEvidence>((evidence, pair) => {
    const window = countsOf(plan, pair);
    const proof = stepProof(evidence.proof, window, evidence.past, { rMax, rateFloor });
    return { ...evidence, ...stepCounted(evidence, window, window, { r0, phi }), proof };
  }, before);
  return { ...stepped, buckets, phi };
};

export const rateProof = ({ proof, phi }: RateEvidence): number => divided(proof.logE, phi);

/** Of the level alpha a tenth is spent on the candidate's own rate, which alone has a limit where nothing ever fails. */
const ABSOLUTE_PART = 0.1;

export const rateHarm = (evidence: RateEvidence, alpha: number): { excessUpper: number; stableBad: number } | null => {
  const byRatio = countedHarm(evidence, (1 - ABSOLUTE_PART) * alpha);
  if (byRatio === null) return null;
  const { candidateN, candidateEvents } = evidence.past;
  const absolute = rateUpperLimit(candidateN, candidateEvents, ABSOLUTE_PART * alpha, evidence.phi);
  return { ...byRatio, excessUpper: Math.min(byRatio.excessUpper, absolute) };
};

const countsOf = (plan: MetricPlan, { candidate, stable }: Pair): RateWindow => ({
  candidateN: candidate?.count ?? 0,
  candidateEvents: candidate === undefined ? 0 : badEvents(plan, candidate),
  baselineN: stable?.count ?? 0,
  baselineEvents: stable === undefined ? 0 : badEvents(plan, stable),
});

/** Bad events of a rate's row: those that count against the version, whichever way the metric points. */
export const badEvents = (plan: Pick<MetricPlan, 'metric'>, row: WindowRow): number => {
  const sum = row.sumMicro / MICRO;
  return plan.metric.better === 'lower' ? sum : row.count - sum;
};

const addBuckets = (sums: readonly number[], row: WindowRow | undefined): readonly number[] =>
  row === undefined || row.buckets.length === 0 ? sums : row.buckets.map((n, i) => n + (sums[i] ?? 0));
