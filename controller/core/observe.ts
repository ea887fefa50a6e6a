import { ALL } from '../../schemas/window.ts';
import { type CoverageEntry, coverages, coverageShortfall, judgeLagMs, noCounts } from './coverage.ts';
import type { Evidence } from './evidence.ts';
import { explain, explainPass } from './explanation.ts';
import { metricPlans } from './metric-plan.ts';
import type { Facts } from './rollout.ts';
import { elapsedMs, type Run, SHADOW_STAGE, stageDurationMs } from './run.ts';
import { appliesToGate, errorShare, type ShadowCell } from './shadow-cell.ts';
import { breachText } from './threshold-blocks.ts';
import { judge, type Verdict } from './verdict.ts';

/** A shortfall is said in the log once it has lasted this many windows; it stops an advance from the first. */
const HOLD_AFTER_WINDOWS = 2;

export type Observation = { facts: Facts; verdict: Verdict; coverage: CoverageEntry[] };

/**
 * What a rollout's evidence says when stream time is `streamTimeMs`, and the evidence with the shortfall's beginning noted.
 * Pure: the same windows and the same log give the same facts.
 */
export const observe = (
  run: Run,
  before: Evidence,
  streamTimeMs: number,
): { evidence: Evidence; observation: Observation } => {
  const verdict = judge(before, run.spec, run.slices);
  const coverage = coverageOf(run, before, streamTimeMs);
  const shortfall = shortfallOf(run, before, coverage, streamTimeMs);
  const shortSinceMs = shortfall === null ? null : (before.shortSinceMs ?? streamTimeMs);
  const facts: Facts = {
    streamTimeMs,
    worse: findWorse(run, before, verdict),
    shortfall,
    shortfallLasts: shortSinceMs !== null && streamTimeMs - shortSinceMs >= HOLD_AFTER_WINDOWS * before.windowMs,
    candidateRequests: candidateRequests(run, before),
    enoughPairs: gateCells(run, before).every(({ candidate }) => candidate.pairs >= minPairs(run)),
    passed: run.spec.policy === 'thresholds' ? 'no threshold was broken' : explainPass(verdict),
  };
  return { evidence: { ...before, shortSinceMs }, observation: { facts, verdict, coverage } };
};

/** The candidate's requests in the stage that the rollout is in. */
export const candidateRequests = (run: Run, evidence: Evidence): number =>
  evidence.stages.get(run.stage)?.candidate.seen ?? 0;

const minPairs = (run: Run): number => run.spec.shadow?.minPairs ?? 0;

const coverageOf = (run: Run, evidence: Evidence, streamTimeMs: number): CoverageEntry[] =>
  coverages(
    evidence.stages.get(run.stage) ?? noCounts(),
    run.spec,
    evidence.seenMetrics,
    streamTimeMs - judgeLagMs(evidence.windowMs),
  );

/** Under `thresholds` only the plain checker stops a canary; the gate before it is the same. */
const findWorse = (run: Run, evidence: Evidence, verdict: Verdict): Facts['worse'] => {
  for (const [i, block] of evidence.blocks.entries()) {
    const reason = breachText(block);
    if (reason !== null) return { reason, metric: run.spec.thresholds[i]?.metric ?? '', slice: ALL };
  }
  if (run.spec.policy === 'thresholds' && run.stage !== SHADOW_STAGE) return null;
  if (verdict.logE < verdict.logThreshold) return null;
  const { plan, slice } = verdict.decides;
  return { reason: explain(verdict, evidence), metric: plan.spec.name, slice };
};

const shortfallOf = (
  run: Run,
  evidence: Evidence,
  coverage: readonly CoverageEntry[],
  streamTimeMs: number,
): string | null => {
  const isDue = run.runningSinceMs !== null && elapsedMs(run, streamTimeMs) >= stageDurationMs(run);
  return (
    coverageShortfall(coverage, run.spec.minCoverage) ??
    (run.stage === SHADOW_STAGE ? pairsShortfall(run, evidence, isDue) : canaryShortfall(run, evidence, isDue))
  );
};

const canaryShortfall = (run: Run, evidence: Evidence, isDue: boolean): string | null => {
  if (!isDue) return null;
  if (candidateRequests(run, evidence) === 0) return 'no data: no request of the candidate was seen in this stage';
  const silent = metricPlans(run.spec).filter(
    (plan) => plan.metric.source === 'scores' && !evidence.seenMetrics.has(plan.spec.name),
  );
  const named = silent.find((plan) => plan.named);
  if (named !== undefined) return `no data: ${named.spec.name} has no score yet`;
  const scored = metricPlans(run.spec).filter((plan) => plan.metric.source === 'scores').length;
  if (scored > 0 && silent.length === scored) return 'no data: the judge has scored nothing yet';
  const unchecked = run.spec.thresholds.find((_, i) => evidence.blocks[i]?.checkedInStage !== run.stage);
  return unchecked === undefined ? null : `no data: too few values to check ${unchecked.metric} in this stage`;
};

const pairsShortfall = (run: Run, evidence: Evidence, isDue: boolean): string | null => {
  const cells = gateCells(run, evidence);
  if (isDue && cells.length === 0) return 'no data: no shadow was compared with a live answer yet';
  const failing = cells.find(({ candidate }) => errorShare(candidate) > 1 - run.spec.minCoverage);
  return failing === undefined
    ? null
    : `the judge fails: ${failing.candidate.errors} pairs of ${failing.metric} could not be scored`;
};

/** The metrics whose pairs the shadow's gate waits for. */
const gateCells = (run: Run, evidence: Evidence): (ShadowCell & { metric: string })[] =>
  metricPlans(run.spec).flatMap((plan) => {
    const cell = evidence.shadowCells.get(`${plan.spec.name}|${ALL}`);
    return cell !== undefined && appliesToGate(cell.candidate) ? [{ ...cell, metric: plan.spec.name }] : [];
  });
